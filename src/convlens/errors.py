"""The sentences a user may get: each says what was wanted, what came and what to do."""


class ConvlensError(Exception):
    """A mistake that the user can mend; the message is one sentence for them."""


class UnknownNameError(ConvlensError):
    """No data set, model, augmenter or run has that name."""


class SettingsError(ConvlensError):
    """A setting is out of range, contradicts another, or differs from the run that it continues."""


class ShapeError(ConvlensError):
    """An array has another shape or dtype than the function works on."""


class DataError(ConvlensError):
    """Images or labels could not be found, read or trusted."""


class WeightsError(ConvlensError):
    """A weights file is damaged, was altered, or belongs to another network."""


class RunError(ConvlensError):
    """A run folder is missing, incomplete, or not one of ours."""


class TrainingError(ConvlensError):
    """Training cannot go on; the last good checkpoint is kept."""
