"""A linear classifier's loss is a single valley; a network's is not.

The softmax's loss is convex in the scores, and the scores are linear in W: so along any line
through the space of weights the loss only ever bends upwards, and every descent ends in the same
value, wherever it starts. A hidden layer breaks that: the order of its units alone makes
many solutions out of one, and half-way between two solutions there need not be a third.

    L((1 − t) A + t B) ≤ (1 − t) L(A) + t L(B)      for all A, B and 0 ≤ t ≤ 1: convex
    barrier = maxₜ [ L((1 − t) A + t B) − (1 − t) L(A) − t L(B) ]     above 0: not convex

Here L is the mean cross-entropy and the penalty ½ α ‖θ‖² of all weights and biases, α = 0.01, which
is convex, too. It makes the minimum of the softmax one point, also where the classes could be
separated.

Source: Stanford CS231n (https://cs231n.github.io), "Neural networks and backpropagation"; Boyd and
Vandenberghe, Convex Optimization, section 3.1 (doi:10.1017/CBO9780511804441); lines between
solutions as in Goodfellow, Vinyals and Saxe, "Qualitatively characterizing neural network
optimization problems", ICLR 2015 (arXiv:1412.6544).
"""

from pipelines.studies.study import Deferred, Study

STUDY = Study(
    name="convexity",
    title="Convexity",
    text=__doc__ or "",
    run=Deferred("pipelines.studies.convexity.experiment:run"),
    pictures=Deferred("pipelines.studies.convexity.pictures:pictures"),
)
