"""The callbacks write the marks that the forecast understands: python3 callbacks_test.py

Lightning and Keras are not packaged in Debian: a stand-in trainer calls the hooks of their documentation in the
documented order (Lightning: validation runs inside the training epoch, after a sanity check; Keras: fit() calls
on_test_begin and on_test_end between on_epoch_begin and on_epoch_end).
"""

import os
import sys
import types
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "python"))


def stand_in(module, base):
    """Puts a module with the class Callback where the callback will look for it."""
    parts = module.split(".")
    for n in range(1, len(parts) + 1):
        sys.modules.setdefault(".".join(parts[:n]), types.ModuleType(".".join(parts[:n])))
    sys.modules[module].Callback = base


class LightningCallback:
    pass


class KerasCallback:
    params = None

    def set_params(self, params):
        self.params = params


stand_in("lightning.pytorch.callbacks", LightningCallback)
stand_in("keras.callbacks", KerasCallback)

import cradle_keras  # noqa: E402
import cradle_lightning  # noqa: E402
import cradle_torch  # noqa: E402


class Callbacks(unittest.TestCase):
    def setUp(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        self.addCleanup(os.close, writer)
        os.set_blocking(reader, False)
        self.reader = reader
        os.environ["CRADLE_MARKS"] = str(writer)
        os.environ.pop("CRADLE_MARKS_INODE", None)

    def names(self):
        try:
            lines = os.read(self.reader, 65536).decode().splitlines()
        except BlockingIOError:
            return []
        return [line.split(" ", 1)[1] for line in lines]

    def test_a_plain_loop_counts_as_range_does(self):
        seen = []
        for epoch in cradle_torch.epochs(2, patience=5):
            seen.append(epoch)
            with cradle_torch.validation(epoch):
                cradle_torch.metric("val_loss", 1 / (epoch + 1))
        self.assertEqual(seen, list(range(2)))
        self.assertEqual(
            self.names(),
            ["epochs=2", "patience=5"]
            + ["epoch-1-begin", "validation-1-begin", "val_loss=1", "validation-1-end", "epoch-1-end"]
            + ["epoch-2-begin", "validation-2-begin", "val_loss=0.5", "validation-2-end", "epoch-2-end"],
        )

    def test_an_epoch_that_is_left_early_has_an_end(self):
        for epoch in cradle_torch.epochs(9):
            if epoch == 1:
                break
        self.assertEqual(self.names()[-2:], ["epoch-2-begin", "epoch-2-end"])
        with self.assertRaises(ValueError):
            with cradle_torch.validation(0):
                raise ValueError("the program's own errors pass")
        self.assertEqual(self.names(), ["validation-1-begin", "validation-1-end"])

    def fit_lightning(self, local_rank=0, max_epochs=2):
        trainer = types.SimpleNamespace(
            max_epochs=max_epochs, current_epoch=0, local_rank=local_rank, sanity_checking=True, callback_metrics={}
        )
        callback = cradle_lightning.CradleMarks()
        self.assertIsInstance(callback, LightningCallback)
        callback.on_validation_start(trainer, None)  # the sanity check before the training
        callback.on_validation_end(trainer, None)
        trainer.sanity_checking = False
        callback.on_train_start(trainer, None)
        for trainer.current_epoch in range(2):
            callback.on_train_epoch_start(trainer, None)
            callback.on_validation_start(trainer, None)
            trainer.callback_metrics = {"train_loss": 3.0, "val_loss": 0.5 - trainer.current_epoch / 4}
            callback.on_validation_end(trainer, None)
            callback.on_train_epoch_end(trainer, None)
        return self.names()

    def test_lightning(self):
        self.assertEqual(
            self.fit_lightning(),
            ["epochs=2"]
            + ["epoch-1-begin", "validation-1-begin", "validation-1-end", "val_loss=0.5", "epoch-1-end"]
            + ["epoch-2-begin", "validation-2-begin", "validation-2-end", "val_loss=0.25", "epoch-2-end"],
        )
        self.assertEqual(self.fit_lightning(local_rank=1), [], "one process of a node writes marks")
        self.assertNotIn("epochs=-1", self.fit_lightning(max_epochs=-1), "-1 is Lightning's word for no end")
        self.assertEqual(self.fit_lightning(max_epochs=None)[0], "epoch-1-begin")

    def test_keras(self):
        callback = cradle_keras.CradleMarks()
        self.assertIsInstance(callback, KerasCallback)
        callback.set_params({"epochs": 2, "steps": 7, "verbose": 0})
        callback.on_train_begin()
        for epoch in range(2):
            callback.on_epoch_begin(epoch)
            callback.on_test_begin()
            callback.on_test_end({"loss": 0.5})
            callback.on_epoch_end(epoch, {"loss": 2.0, "val_loss": 0.5, "val_accuracy": 0.75})
        callback.on_train_end()
        callback.on_test_begin()  # evaluate() after fit()
        callback.on_test_end()
        epoch = ["epoch-{0}-begin", "validation-{0}-begin", "validation-{0}-end", "val_loss=0.5", "val_accuracy=0.75"]
        epoch.append("epoch-{0}-end")
        self.assertEqual(
            self.names(),
            ["epochs=2"] + [m.format(n) for n in (1, 2) for m in epoch] + ["test-begin", "test-end"],
        )


if __name__ == "__main__":
    unittest.main()
