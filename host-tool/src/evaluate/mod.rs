//! Accuracy: data sets, metrics, float reference against fixed point, error per operator.
