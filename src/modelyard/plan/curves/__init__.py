"""Learning curves and their forecasts: sizes and errors in, quantiles and a band out; numpy alone."""
