from .engine import launch as launch
from .loop import State as State
from .loop import Training as Training
from .progress import Epoch as Epoch
from .progress import Step as Step
from .settings import RECIPES as RECIPES
from .settings import Settings as Settings
from .torch_dataset import as_torch_dataset as as_torch_dataset
