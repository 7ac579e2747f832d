"""The network as a scikit-learn classifier."""

from __future__ import annotations

from typing import Any

from models.perceptron.estimator import Perceptron


class MLPClassifier(Perceptron):
    """A multilayer perceptron, trained by backpropagation.

    Up to ``max_fun`` the parameters, their order, defaults and formulas are those of
    ``sklearn.neural_network.MLPClassifier``: code moves over unchanged, and in float64 the same
    ``random_state`` gives the same weights. With ``early_stopping`` and three classes or more it
    does not: the part that is held out is stratified here. Sparse samples, and several labels a
    sample, are refused. The parameters after ``max_fun`` are this class's own.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default (100,)
        Units of each hidden layer: two layers of weights for ``(512,)``, three for two sizes. In a
        layer with ``receptive_fields``, units of each square.
    activation : str or callable, or sequence of these, default "relu"
        One of "identity", "logistic", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu",
        "softplus", "maxout"; or a class that makes a layer; or one for each hidden layer. A
        narrow layer with "identity" between wide ones needs few weights.
    solver : str or Optimizer, default "adam"
        One of "lbfgs", "sgd" (with ``momentum`` and ``nesterovs_momentum``), "adam", "adamw",
        "rmsprop", "lion"; or an Optimizer.
    alpha : float, default 1e-4
        Strength α of a penalty ½α‖W‖²/n over a batch of n, from 0 up; biases are free of it.
    batch_size : int or "auto", default "auto"
        Samples of a step; "auto" is min(200, n).
    learning_rate : str, callable or sequence of float, default "constant"
        The schedule: "constant"; for sgd "invscaling" (η/(t+1)^power_t) and "adaptive" (a fifth
        whenever progress stops); "step", "cosine" and "one-cycle", which span
        ``schedule_epochs`` and are never cut short for lack of progress; a function
        (epochs done, epochs) → factor; or factors, one an epoch.
    learning_rate_init : float, default 1e-3
        The learning rate η, above 0.
    power_t : float, default 0.5
        Exponent of "invscaling", from 0 up.
    max_iter : int, default 200
        Epochs at most; for "lbfgs", steps at most.
    shuffle : bool, default True
        A new order each epoch.
    random_state : int, RandomState or None, default None
        Decides weights, split, order, dropout and augmentation; up to 4,294,967,295.
    tol : float, default 1e-4
        The least change, from 0 up, of the training loss, or with ``early_stopping`` of the
        validation score, that counts as progress.
    verbose : bool or int, default False
        Print each epoch's loss.
    warm_start : bool, default False
        Go on from the weights of the last fit, and with the columns as ``standardize`` or
        ``whiten`` measured them then.
    momentum : float, default 0.9
        How much of the velocity a step of "sgd" keeps, in [0, 1].
    nesterovs_momentum : bool, default True
        Whether "sgd" goes ahead along the new velocity.
    early_stopping : bool, default False
        Hold out a part (or use ``X_val``), and keep the epoch that is best on it. It is judged by
        single rows, without the mean over ``views``.
    validation_fraction : float, default 0.1
        Share of the samples that is held out, in [0, 1), stratified.
    beta_1 : float, default 0.9
        Decay of the mean gradient of "adam", "adamw" and "lion", and of the mean square of
        "rmsprop", in [0, 1).
    beta_2 : float, default 0.999
        Decay of the mean square of "adam" and "adamw", and of the slow mean of "lion", in [0, 1).
    epsilon : float, default 1e-8
        What "adam", "adamw" and "rmsprop" add to the root of the mean square, above 0.
    n_iter_no_change : int or inf, default 10
        Training stops when more epochs than that in a row have brought no progress.
    max_fun : int, default 15000
        Function calls at most, for "lbfgs".
    standardize : bool, default False
        Give the columns mean 0 and variance 1 on the training part.
    whiten : int or None, default None
        Turn the standardised columns onto so many principal components, each scaled to variance
        1: fewer columns, and faint patterns are learned as fast as strong ones.
    whiten_epsilon : float, default 0
        Damping ε, from 0 up: of a component with variance λ, λ / (λ + ε) is left. Far above the
        largest λ, the components keep their proportions, and an input dropout hides them one by
        one.
    loss : str or Loss, default "cross_entropy"
        One of "cross_entropy", "hinge", "squared", "sum_of_squares"; or a Loss.
    dropout : float or sequence of float, default 0
        Rate in [0, 1) after every hidden layer, or one for each.
    input_dropout : float, default 0
        Rate in [0, 1) on the input.
    norm : {None, "batch", "layer"} or callable, default None
        Normalisation between the linear map and the activation. With "batch", a rest of an epoch of
        fewer than 8 samples joins the batch before it, and a batch of one sample is normalised by
        the running statistics.
    residual : bool, default False
        A short cut around every hidden layer that is as wide as its input.
    initialization : str, callable or (coefs, intercepts), default "scikit-learn"
        One of "scikit-learn", "glorot", "he", "orthogonal"; a function (weight, bias, rng) that
        writes the first weights, of each square alone where there are ``receptive_fields``; or the
        weights themselves, a pair for each layer of weights, the same for all ``n_networks``.
    weight_decay : float or None, default None
        Decoupled decay: weights shrink by 1 − ηλ a step. None is the solver's own (0.01 for
        adamw, else 0).
    clip_norm : float or None, default None
        Longest gradient.
    warmup_epochs : float, default 0
        Epochs of a linear rise ahead of "cosine".
    average_decay : float, default 0
        Decay d in [0, 1) of an exponential moving average of the weights, which then predicts; 0
        for none. Step t keeps min(d, (1 + t) / (10 + t)) of it, so that the first weights are soon
        forgotten.
    gradient_penalty : float, default 0
        Strength λ, from 0 up, of a penalty ½λ‖∂L/∂θ‖² on each batch, by a Hessian-vector product.
    label_smoothing : float, default 0
        Share of every target, in [0, 1), that goes to all classes alike.
    mixup : float, default 0
        Beta's parameter a, from 0 up: every row of a batch and its target are mixed with the next
        one's, by a share drawn from Beta(a, a), and keeps its own weight; 0 for none. Images are
        augmented before.
    class_weight : dict, "balanced" or None, default None
        Weight of each class's samples.
    schedule_epochs : int or None, default None
        Epochs that the schedule spans; None for max_iter.
    network : callable or None, default None
        A function (n_in, n_out) → list of layers, in place of all that describes hidden layers.
    receptive_fields : sequence of (int, int) or None, default None
        Side and step, in pixels, of the squares of an image that units of the first hidden layer
        see; then, in squares, of what units of the next layer see of them; and so on. A step is at
        most the side, and the squares end where the image ends. Layers without a pair see all of
        the layer before. No weights are shared among squares, as they would be in a convolution.
        With ``whiten``, each square is turned onto so many components of its own. This needs
        ``image_shape``, and no "maxout" in these layers.
    image_shape : (int, int, int) or None, default None
        Height, width and channels, for rows that are images.
    augment : dict or None, default None
        What happens to each image each time it is trained on: any of ``mirror`` (True),
        ``shift`` (pixels), ``crop`` (smallest part of a side), ``cutout`` (pixels a side),
        ``mixup`` (Beta's parameter).
    views : {1, 2, 5, 9, 10, 18, 25, 50}, default 1
        Probabilities are averaged over the image and its mirror image, or over the image, or both,
        at 5, 9 or 25 places. They are moved as far as ``augment`` shifts, or else by 2 pixels.
    draw_views : bool, default False
        Of rows that are views of one sample, see ``n_views`` of `fit`, an epoch sees one, drawn
        anew, and not all. It then takes as long as with one view, and ``max_iter`` counts such
        epochs.
    n_networks : int, default 1
        So many networks are fitted one after the other, which differ in first weights, in the
        order of samples and in all that is drawn; probabilities are averaged over them. The first
        is the same as alone. All see the same standardised or whitened columns and the same part
        that is held out. Several can be neither gone on with (``warm_start``, ``checkpoint``) nor
        taught in parts (`partial_fit`).
    checkpoint : path or None, default None
        A file written after every epoch of `fit`. A fit that finds it, with the same data and
        parameters, ``max_iter`` among them, and with ``warm_start`` the same first weights, goes on
        from there and ends with the weights of one that was never stopped. ``random_state`` is
        then a whole number.

    Attributes
    ----------
    classes_ : ndarray (n_classes,)
        The labels, sorted.
    coefs_, intercepts_ : list of ndarray
        Weights (n_in, n_out) and biases of the linear layers; those of several networks follow
        one another. In a layer with ``receptive_fields`` they are (squares · values, units) and
        (squares · units,), one square after the other.
    layer_parameters_ : list of ndarray
        Parameters and statistics of all other layers.
    n_networks_ : int
        How many networks there are, where there are several. All figures that follow are those of
        the first.
    input_mean_, input_scale_ : ndarray (n_features,)
        What ``standardize`` takes off each column, and multiplies it by.
    input_components_ : ndarray (n_features, whiten)
        What ``whiten`` then multiplies by; (squares · values, whiten) where there are
        ``receptive_fields``, one square after the other.
    history_ : list of dict
        One record an epoch: epoch, loss, score, val_loss, val_score, learning_rate,
        gradient_norm, seconds.
    loss_, best_loss_, loss_curve_, validation_scores_, best_validation_score_, n_iter_, t_,
    n_layers_, n_outputs_, out_activation_, n_features_in_
        As in scikit-learn.
    refit_params_ : dict
        Set on a clone, they make it train on all data for the epochs found best here, along the
        same learning rates ("invscaling" counts samples, and so falls faster on more of them). Not
        there after a fit that went on from earlier weights.

    References
    ----------
    Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", Nature
    323, 1986.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> net = MLPClassifier((16,), solver="lbfgs", random_state=0).fit(X, list("abba"))
    >>> "".join(net.predict(X))
    'abba'
    """

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: Any = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: Any = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        standardize: bool = False,
        whiten: int | None = None,
        whiten_epsilon: float = 0.0,
        loss: Any = "cross_entropy",
        dropout: Any = 0.0,
        input_dropout: float = 0.0,
        norm: Any = None,
        residual: bool = False,
        initialization: Any = "scikit-learn",
        weight_decay: float | None = None,
        clip_norm: float | None = None,
        warmup_epochs: float = 0.0,
        average_decay: float = 0.0,
        gradient_penalty: float = 0.0,
        label_smoothing: float = 0.0,
        mixup: float = 0.0,
        class_weight: Any = None,
        schedule_epochs: int | None = None,
        network: Any = None,
        receptive_fields: Any = None,
        image_shape: Any = None,
        augment: Any = None,
        views: int = 1,
        draw_views: bool = False,
        n_networks: int = 1,
        checkpoint: Any = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.standardize = standardize
        self.whiten = whiten
        self.whiten_epsilon = whiten_epsilon
        self.loss = loss
        self.dropout = dropout
        self.input_dropout = input_dropout
        self.norm = norm
        self.residual = residual
        self.initialization = initialization
        self.weight_decay = weight_decay
        self.clip_norm = clip_norm
        self.warmup_epochs = warmup_epochs
        self.average_decay = average_decay
        self.gradient_penalty = gradient_penalty
        self.label_smoothing = label_smoothing
        self.mixup = mixup
        self.class_weight = class_weight
        self.schedule_epochs = schedule_epochs
        self.network = network
        self.receptive_fields = receptive_fields
        self.image_shape = image_shape
        self.augment = augment
        self.views = views
        self.draw_views = draw_views
        self.n_networks = n_networks
        self.checkpoint = checkpoint
