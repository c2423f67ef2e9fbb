from .catalogue import CHECKS as CHECKS
from .catalogue import examine as examine
from .finding import Diagnosis as Diagnosis
from .finding import Finding as Finding
from .finding import NotChecked as NotChecked
from .finding import Recheck as Recheck
from .patient import Patient as Patient
from .registry import finding as finding
