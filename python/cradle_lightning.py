"""Marks of a Lightning training: Trainer(callbacks=[CradleMarks()]). One process of each node writes them."""

from cradle_marks import mark, metric

try:
    from lightning.pytorch.callbacks import Callback
except ImportError:
    from pytorch_lightning.callbacks import Callback


class CradleMarks(Callback):
    def _mark(self, trainer, stage, end):
        if getattr(trainer, "local_rank", 0) == 0 and not getattr(trainer, "sanity_checking", False):
            mark(f"{stage}-{trainer.current_epoch + 1}-{end}")

    def on_train_start(self, trainer, pl_module):
        if getattr(trainer, "local_rank", 0) == 0 and (trainer.max_epochs or -1) > 0:
            mark(f"epochs={trainer.max_epochs}")

    def on_train_epoch_start(self, trainer, pl_module):
        self._mark(trainer, "epoch", "begin")

    def on_validation_start(self, trainer, pl_module):
        self._mark(trainer, "validation", "begin")

    def on_validation_end(self, trainer, pl_module):
        self._mark(trainer, "validation", "end")
        if getattr(trainer, "local_rank", 0) == 0 and not getattr(trainer, "sanity_checking", False):
            for name, value in trainer.callback_metrics.items():
                if name.startswith("val"):
                    metric(name, value)

    def on_train_epoch_end(self, trainer, pl_module):
        self._mark(trainer, "epoch", "end")
