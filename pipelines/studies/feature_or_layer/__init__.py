"""Designed features win on few images, a layer on top of them on many: here the lines cross.

A feature is designed once, before any image is seen, and asks only for the weights of a linear
classifier. A hidden layer learns its own features, which asks for images. With n of them:

    design:    s = W φ(x) + b                       HoG beside a colour histogram, linear
    learning:  s = W₂ max(0, W₁ x + b₁) + b₂        pixels, MLP
    both:      s = W₂ max(0, W₁ φ(x) + b₁) + b₂     the same features, MLP
    neither:   the most common label among the 5 nearest training images

The network on pixels has 128 hidden units and sees each image 20 times, that on features has 256
and sees each 40 times.

The number of images at which one line overtakes another, for good, is read off between the sizes
measured, straight in log n:

    n* = n₁ (n₂ / n₁)^(d₁ / (d₁ − d₂)),    d = how far the overtaker is ahead, d₁ < 0 < d₂

Where the lines do not cross within the sizes measured, there is no n* and none is made up. Nearest
neighbours learn nothing at all: how well they do says how good the space is that they look in.

Source: Stanford CS231n (https://cs231n.github.io), "Neural networks and backpropagation" (image
features and neural networks); Cover and Hart, "Nearest neighbor pattern classification", IEEE
Transactions on Information Theory, 1967 (doi:10.1109/TIT.1967.1053964).
"""

from pipelines.studies.study import Deferred, Study

STUDY = Study(
    name="feature-or-layer",
    title="Feature or layer?",
    text=__doc__ or "",
    run=Deferred("pipelines.studies.feature_or_layer.experiment:run"),
    pictures=Deferred("pipelines.studies.feature_or_layer.pictures:pictures"),
)
