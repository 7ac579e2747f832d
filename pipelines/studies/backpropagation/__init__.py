"""A gradient is found gate by gate, each knowing only itself, and no Jacobian is ever written down.

A computation is a graph of gates. Forward, each gate turns its inputs into an output. Backward,
each is told how the loss changes with its output (the upstream gradient) and passes on how it
changes with its inputs: upstream times local, the chain rule. Four gates do most of the work, and
each directs the traffic in its own way:

    add         a + b        both inputs get the upstream gradient: it distributes
    multiply    a · b        each gets it times the other's value: it swaps
    copy        a, a         the upstream gradients of the copies are added
    max         max(a, b)    the largest gets it all (local gradient 1), the others 0: it routes

With vectors the local gradient is a matrix, the Jacobian, and with matrices it is larger still. For
a product of an N×D and a D×M matrix, y = x w, it has one entry for each pair of an output and an
input:

    ∂L/∂x = Jᵀ ∂L/∂y,    J of shape (N·M) × (N·D), almost all zeros

Nobody writes it down. Row i of x takes part in row i of y only, each time multiplied by w, so the
whole of Jᵀ ∂L/∂y is one more product of small matrices, and likewise for w:

    ∂L/∂x = ∂L/∂y wᵀ        ∂L/∂w = xᵀ ∂L/∂y

One entry by hand: x₁,₁ reaches the loss through the first row of y, so its gradient is the first
row of ∂L/∂y times the first row of w:

    ∂L/∂x₁,₁ = 3·2 + 2·3 + 1·(−3) + (−1)·9 = 0

Source: Stanford CS231n (https://cs231n.github.io), "Neural networks and backpropagation";
Rumelhart, Hinton and Williams 1986, "Learning representations by back-propagating errors", Nature
323 (doi:10.1038/323533a0).
"""

from pipelines.studies.study import Deferred, Study

STUDY = Study(
    name="backpropagation",
    title="Backpropagation, by hand",
    text=__doc__ or "",
    run=Deferred("pipelines.studies.backpropagation.experiment:run"),
    pictures=Deferred("pipelines.studies.backpropagation.pictures:pictures"),
)
