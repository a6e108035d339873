"""Weights and calibration; the doors are `fit` and `calibrate`."""
