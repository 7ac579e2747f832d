"""Activation functions: what bends a network, and how much gradient the bend lets through.

Without a bend between them two linear layers are one. Which bend is chosen decides how much of the
gradient comes back: a layer multiplies it by the derivative at each unit, and layer upon layer by
the product of them all,

    ∂L/∂x₀ = J₁ᵀ J₂ᵀ … J_Lᵀ ∂L/∂x_L,   J_l = diag f'(a_l) W_lᵀ

The sigmoid σ(a) = 1/(1 + e⁻ᵃ) has all that was once asked for: it is smooth, it ends between 0 and
1 and so can be read as a rate of firing, and its derivative costs nothing more, σ' = σ(1 − σ). But
σ' is at most 1/4, and nearly nothing where |a| is large: units there are saturated and stop
learning, and what is left of the gradient vanishes with depth. ReLU passes it on whole, or not at
all.

How much arrives also depends on the weights. Those here are drawn with variance 2/n for n inputs,
which keeps the gradient's length with ReLU, half of whose units are off; with what passes on more,
it grows with depth.

Source: Stanford CS231n (https://cs231n.github.io), "Neural networks and backpropagation"; Glorot
and Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS
2010; He and others, "Delving deep into rectifiers", ICCV 2015 (doi:10.1109/ICCV.2015.123), for the
scale of the weights.
"""

from pipelines.studies.study import Deferred, Study

STUDY = Study(
    name="activations",
    title="Activation functions",
    text=__doc__ or "",
    run=Deferred("pipelines.studies.activations.experiment:run"),
    pictures=Deferred("pipelines.studies.activations.pictures:pictures"),
)
