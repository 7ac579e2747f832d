"""Colour histograms neglect space, HoG neglects colour, visual words are learned from the data.

A feature is as good as what it throws away. Change one thing about an image and look which features
notice: shuffle its pixels, so that all are there and none is in its place; rotate its colours, red
to green to blue to red, so that every edge stays; or move its patches: cut it into squares that
change places. How far a feature φ moves is measured against how far apart two images are:

    change = mean ‖φ(x′) − φ(x)‖ / mean ‖φ(x) − φ(y)‖

0 is blind to the change, 1 takes x′ for another image. A colour histogram counts, and a count does
not know where. A bag of words counts whole patches, and does not know where these were:

    colour histogram:  φ_b(x) = √(share of the pixels whose colour lies in bin b)
    visual words:      φ_k(x) = share of the patches whose nearest word is w_k
    HoG:               φ_co(x) ∝ Σ ‖∇x‖ over the pixels of cell c with edges of orientation o

with the cells of HoG brought to one length in blocks of 2 × 2.

A linear classifier that was trained on images as they are pays for each change in accuracy. Trained
again on changed images, it gets back what was only renamed, not what was lost. Of the three, only
the words come from the data: learn them from shuffled images, which have the same colours and no
structure, and the same counting is worth less.

Source: Stanford CS231n (https://cs231n.github.io), "Neural networks and backpropagation" (image
features); Swain and Ballard, "Color indexing", IJCV 1991 (doi:10.1007/BF00130487); Dalal and
Triggs, "Histograms of oriented gradients for human detection", CVPR 2005
(doi:10.1109/CVPR.2005.177); Csurka et al., "Visual categorization with bags of keypoints", ECCV
workshop 2004.
"""

from pipelines.studies.study import Deferred, Study

STUDY = Study(
    name="what-features-see",
    title="What each feature sees, and what it neglects",
    text=__doc__ or "",
    run=Deferred("pipelines.studies.what_features_see.experiment:run"),
    pictures=Deferred("pipelines.studies.what_features_see.pictures:pictures"),
)
