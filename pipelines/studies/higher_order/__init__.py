"""Backpropagation can be differentiated too: a Hessian times a vector costs a few gradients.

The gradient says which way is down; the Hessian says how the gradient changes on the way. For P
weights it has P² entries, too many to write down, but its product with one direction is only one
more derivative, and the backward pass is a program like any other. It can be differentiated as any
other: backwards, which gives the gradient of ∇L · v, or forwards, which gives the change of ∇L
along v. The Hessian is symmetric, so both are the same vector. Forwards, laid over both passes, it
comes at once and exactly, for the price of two gradients and with no graph of the backward pass to
keep:

    H v = ∇(∇L · v) = d/dε ∇L(θ + ε v)  at ε = 0

The whole Hessian is P such products, one for each column. With v = ∇L one product is the gradient
of ½‖∇L‖², so that flatness itself can be trained for:

    ∇(L + ½ λ ‖∇L‖²) = ∇L + λ H ∇L

The gradient is long where a small step in the weights moves the scores of many points, and so where
units fold the plane sharply. The last part of the study trains the network of the study of space
warping on its overlapping moons with that penalty. Unit k changes the score's slope by vₖ wₖ across
its line; what the penalty does to the folds is read off there:

    folding = Σₖ |vₖ| ‖wₖ‖

Source: Stanford CS231n (https://cs231n.github.io), "Neural networks and backpropagation"
(higher-order derivatives); Pearlmutter, "Fast exact multiplication by the Hessian", Neural
Computation 6(1), 1994 (doi:10.1162/neco.1994.6.1.147); gradient-norm penalties as in Zhao, Zhang
and Hu, "Penalizing gradient norm for efficiently improving generalization in deep learning", ICML
2022 (arXiv:2202.03599).
"""

from pipelines.studies.study import Deferred, Study

STUDY = Study(
    name="higher-order",
    title="Higher-order derivatives",
    text=__doc__ or "",
    run=Deferred("pipelines.studies.higher_order.experiment:run"),
    pictures=Deferred("pipelines.studies.higher_order.pictures:pictures"),
)
