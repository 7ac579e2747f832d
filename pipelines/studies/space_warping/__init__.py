"""A ReLU layer folds the plane until one straight cut parts what no straight cut could part.

A linear layer stretches, turns and shears the plane: straight lines stay straight, and what a line
could not part before, it cannot part after. ReLU then folds. Each hidden unit has a line in the
plane on which it is zero; all that lies behind the line is pressed flat onto it. The output layer
cuts the folded plane once, straight; unfolded again, that cut is the bent decision boundary.

    h = max(xW + b, 0),    score(x) = h·v + c,    boundary: score(x) = 0

Two units cannot wall in a ring: behind both lines the score stays at c however far one goes, and a
unit that pulls it across zero in front of its line pulls further and further. Three can. H lines in
general position cut the plane into

    1 + H + H(H−1)/2

pieces, and the score is linear on each: more units, a boundary of more pieces. Weight decay adds
½α(‖W‖² + ‖v‖²)/n to the mean loss of n points, and shortens it again; on points that overlap, that
is what keeps a large network from running after single points.

Source: Stanford CS231n (https://cs231n.github.io), lecture "Neural networks and backpropagation"
(space warping; hidden units and regularisation); Montúfar, Pascanu, Cho and Bengio, "On the number
of linear regions of deep neural networks", NIPS 2014 (arXiv:1402.1869), for counting the pieces.
"""

from pipelines.studies.study import Deferred, Study

STUDY = Study(
    name="space-warping",
    title="Space warping",
    text=__doc__ or "",
    run=Deferred("pipelines.studies.space_warping.experiment:run"),
    pictures=Deferred("pipelines.studies.space_warping.pictures:pictures"),
)
