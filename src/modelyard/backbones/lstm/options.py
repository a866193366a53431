"""Options of the backbone `lstm`."""

from modelyard.backbones.recurrent_options import Options as Options
