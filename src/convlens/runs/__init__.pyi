from .checkpoints import read_checkpoint as read_checkpoint
from .checkpoints import write_checkpoints as write_checkpoints
from .environment import environment as environment
from .folder import Run as Run
from .folder import create_run as create_run
from .folder import list_runs as list_runs
from .folder import open_run as open_run
from .folder import read_config as read_config
