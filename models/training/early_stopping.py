"""Early stopping: a reader of the training records that counts epochs without progress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.layers.layer import Array
from models.layers.network import Network
from models.training.loop import Epoch, TrainingState

if TYPE_CHECKING:
    from models.mlp_classifier import MLPClassifier


class Patience:
    """Counts epochs that bring no progress, and keeps the weights of the best.

    Progress is a validation score at least ``tol`` above the best so far, or where none is
    watched a training loss at least ``tol`` below it. As scikit-learn counts, patience is
    exhausted at more than ``n_iter_no_change`` epochs in a row without.
    """

    def __init__(self, net: MLPClassifier, network: Network, state: TrainingState) -> None:
        self.net = net
        self.network = network
        self.state = state
        self.best_theta: Array | None = None
        self.best_epoch = 0

    def exhausted(self, record: Epoch) -> bool:
        """Whether to stop; an adaptive learning rate is first cut to a fifth, down to 1e-6."""
        net = self.net
        if net.early_stopping:
            assert record.val_score is not None
            assert net.validation_scores_ is not None
            net.validation_scores_.append(record.val_score)
            stalled = record.val_score < net.best_validation_score_ + net.tol
            if record.val_score > net.best_validation_score_:
                net.best_validation_score_ = record.val_score
                average = self.state.average
                self.best_theta = (self.network.theta if average is None else average).copy()
                self.best_epoch = record.epoch
        else:
            stalled = record.loss > net.best_loss_ - net.tol
            net.best_loss_ = min(net.best_loss_, record.loss)
        net.no_improvement_count_ = net.no_improvement_count_ + 1 if stalled else 0
        if net.no_improvement_count_ <= net.n_iter_no_change:
            return False
        if net.learning_rate == "adaptive" and record.learning_rate > 1e-6:
            self.state.rate /= 5.0
            net.no_improvement_count_ = 0
            return False
        return True
