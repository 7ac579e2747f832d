"""Two layers come as near to any continuous function as one likes; that is not what they learn.

Four ReLUs make a bump: the first bends up, the second to level, the third down, the fourth back to
zero. One bump for each of K cells of [−1, 1], as high as the function in the middle of the cell
and with flanks that cross those of its neighbours, make a staircase with sloping steps. Nothing
has to be learned for that, only written down:

    bump(x) = t·(r(x − s₁) − r(x − s₂))/(s₂ − s₁) − t·(r(x − s₃) − r(x − s₄))/(s₄ − s₃)
    r(z) = max(z, 0)

    |f(x) − f(y)| ≤ L·|x − y|  for all x and y   ⟹   largest error ≤ L/K

and with |x − y|^½ in place of |x − y|, as for a root, ≤ L/√K. So 4K hidden units are enough.
Gradient descent finds no bumps with them. Its sum of ReLUs is one broken line along the function,
which bends where the function bends: far better than stairs where that succeeds, and far worse
where the function swings fast. What a network can express is not what it learns.

Nor does the theorem say how many samples it takes. k nearest neighbours approximate any continuous
function, too, and for one with such an L that is known: with noise the error falls as n^(−⅓) in one
dimension, for a k that grows as n^⅔; without, the nearest of n samples in d dimensions is some
n^(−1/d) away (and a grid of bumps takes K^d of them).

Source: Stanford CS231n (https://cs231n.github.io), lecture "Neural networks and backpropagation"
(universal approximation) and its course notes on nearest neighbours; Cybenko, "Approximation by
superpositions of a sigmoidal function", 1989 (doi:10.1007/BF02551274), and Hornik, Stinchcombe and
White, "Multilayer feedforward networks are universal approximators", 1989
(doi:10.1016/0893-6080(89)90020-8); Györfi, Kohler, Krzyżak and Walk, "A Distribution-Free Theory of
Nonparametric Regression", 2002 (doi:10.1007/b97848), on nearest neighbours.
"""

from pipelines.studies.study import Deferred, Study

STUDY = Study(
    name="universal-approximation",
    title="Universal approximation",
    text=__doc__ or "",
    run=Deferred("pipelines.studies.universal_approximation.experiment:run"),
    pictures=Deferred("pipelines.studies.universal_approximation.pictures:pictures"),
)
