"""Twenty lines of NumPy are a whole neural network, and layers change nothing about it.

A network of two layers is two matrix products with a bend between them. Everything else that
training needs is how wrong the answers are, and how that changes with each weight: the chain rule,
written out from the loss back to the first product. This study runs those lines as they are, on
random images and random answers, and beside them the same network built from the layers of this
project, which find the same gradients without anyone writing them out.

With x a batch of N rows, one sample each, y the wanted answers, and σ(a) = 1/(1 + e⁻ᵃ):

    h = σ(x W₁)                          what the hidden units say
    ŷ = h W₂                             the answers
    L = Σ (ŷ − y)²                       how wrong

    ∂L/∂ŷ  = 2 (ŷ − y)                   backwards, the last line first
    ∂L/∂W₂ = hᵀ ∂L/∂ŷ
    ∂L/∂h  = ∂L/∂ŷ W₂ᵀ
    ∂L/∂W₁ = xᵀ (∂L/∂h ⊙ h ⊙ (1 − h))

    W ← W − 0.0001 ∂L/∂W                 and again

The answers are random, so there is nothing to learn but the samples themselves: 64 of them, against
101,000 weights. That the loss falls says less than it seems. It also falls with the factor
h ⊙ (1 − h) forgotten, in a direction that is no gradient; so the gradient is held against
difference quotients of the loss, which know nothing of the chain rule.

Source: Stanford CS231n (https://cs231n.github.io), "Neural networks and backpropagation", where a
full implementation of training a two-layer network closes the part on architectures.
"""

from pipelines.studies.study import Deferred, Study

STUDY = Study(
    name="twenty-lines",
    title="The twenty-line network",
    text=__doc__ or "",
    run=Deferred("pipelines.studies.twenty_lines.experiment:run"),
    pictures=Deferred("pipelines.studies.twenty_lines.pictures:pictures"),
)
