"""The only place where a number is made: metrics, their intervals, calibration, timing. numpy, never torch."""
