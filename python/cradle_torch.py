"""Marks of a plain PyTorch loop (or any loop): its epochs, its validation, its metrics.

    from cradle_torch import epochs, metric, validation
    for epoch in epochs(50):            # as range(50)
        train(...)
        with validation(epoch):
            metric("val_loss", evaluate(...))
"""

from contextlib import contextmanager

from cradle_marks import mark, metric  # noqa: F401 - metric is for whoever imports this


def epochs(count, patience=None):
    """range(count), with a mark at the beginning and the end of each epoch, also of one that is left by break."""
    mark(f"epochs={count}")
    if patience is not None:
        mark(f"patience={patience}")
    for epoch in range(count):
        mark(f"epoch-{epoch + 1}-begin")
        try:
            yield epoch
        finally:
            mark(f"epoch-{epoch + 1}-end")


@contextmanager
def validation(epoch):
    """Marks what stands under it as the validation of `epoch` (counted from 0, as epochs() does)."""
    mark(f"validation-{epoch + 1}-begin")
    try:
        yield
    finally:
        mark(f"validation-{epoch + 1}-end")
