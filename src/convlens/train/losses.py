"""The two losses, of a batch and of each picture, and what counts as right under each."""

from torch import Tensor, nn

from convlens.models.card import Head


def loss(outputs: Tensor, labels: Tensor, head: Head) -> Tensor:
    """Give the mean loss: cross-entropy over logits, or binary cross-entropy over a single one."""
    if head == "sigmoid":
        return nn.functional.binary_cross_entropy_with_logits(outputs.squeeze(1), labels.to(outputs.dtype))
    return nn.functional.cross_entropy(outputs, labels)


def losses(outputs: Tensor, labels: Tensor, head: Head) -> Tensor:
    """Give the loss of each picture."""
    if head == "sigmoid":
        wanted = labels.to(outputs.dtype)
        return nn.functional.binary_cross_entropy_with_logits(outputs.squeeze(1), wanted, reduction="none")
    return nn.functional.cross_entropy(outputs, labels, reduction="none")


def right_answers(outputs: Tensor, labels: Tensor, head: Head) -> int:
    """Count the pictures whose highest-scored class is the labelled one."""
    answers = (outputs.squeeze(1) > 0).long() if head == "sigmoid" else outputs.argmax(dim=1)
    return int((answers == labels).sum())
