"""A linear classifier has one template a class: with two poses, its horse has two heads.

A linear classifier lays each class's weights over the image and adds up: the weights of a class,
seen as an image, are its template. Where half of the horses face left and half face right, one
template has to serve both, and the best it can do is a blend with a head at either end. In a
network each hidden unit is a template of its own, and the second layer may take one or another:

    linear:   s_c = w_c · x + b_c
    network:  s_c = Σ_k v_ck max(0, u_k · x + a_k) + b_c

If both poses are equally common, so is each image x and its mirror image Mx, and since the loss is
convex the weights are best where they agree with their own mirror image:

    L(W) = L(MW)   ⟹   L(½(W + MW)) ≤ L(W)

Whatever tells a class by its left and right is then out of a linear classifier's reach. The study
gives every class one pose, in grey; mirrors half of the images of those classes that face one way,
in training and in testing; and counts what is right on exactly those classes. The built-in set
knows where its objects are and which way they face; other images are taken as they come, and where
they already face both ways, mirroring costs nothing.

Source: Stanford CS231n (https://cs231n.github.io), "Neural networks and backpropagation" (the
two-headed horse, one template a class and what hidden units add).
"""

from pipelines.studies.study import Deferred, Study

STUDY = Study(
    name="templates",
    title="One template a class, and the two-headed horse",
    text=__doc__ or "",
    run=Deferred("pipelines.studies.templates.experiment:run"),
    pictures=Deferred("pipelines.studies.templates.pictures:pictures"),
)
