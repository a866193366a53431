"""Options of the backbone `gru`."""

from modelyard.backbones.recurrent_options import Options as Options
