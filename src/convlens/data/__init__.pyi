from .dataset import Dataset as Dataset
from .dataset import LeftOut as LeftOut
from .dataset import Splits as Splits
from .fitting import Fit as Fit
from .load import load as load
from .pictures import read_pictures as read_pictures
from .sources import DATASETS as DATASETS
