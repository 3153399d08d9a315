"""Marks of a Keras training: model.fit(..., callbacks=[CradleMarks()])."""

from cradle_marks import mark, metric

try:
    from keras.callbacks import Callback
except ImportError:
    from tensorflow.keras.callbacks import Callback


class CradleMarks(Callback):
    _epoch = None  # the epoch that is trained now, counted from 1; None outside of fit()

    def on_train_begin(self, logs=None):
        if (self.params or {}).get("epochs"):
            mark(f"epochs={self.params['epochs']}")

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch + 1
        mark(f"epoch-{self._epoch}-begin")

    def on_test_begin(self, logs=None):
        mark("test-begin" if self._epoch is None else f"validation-{self._epoch}-begin")

    def on_test_end(self, logs=None):
        mark("test-end" if self._epoch is None else f"validation-{self._epoch}-end")

    def on_epoch_end(self, epoch, logs=None):
        for name, value in (logs or {}).items():
            if name.startswith("val"):
                metric(name, value)
        mark(f"epoch-{epoch + 1}-end")

    def on_train_end(self, logs=None):
        self._epoch = None
