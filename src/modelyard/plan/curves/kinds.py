"""Which kinds of learner the quantile model has seen curves of, under Modelyard's names and LCDB's."""

from __future__ import annotations

CALIBRATED = frozenset(
    {
        *("SVM_Linear", "SVM_Poly", "SVM_RBF", "SVM_Sigmoid", "Decision Tree", "ExtraTree", "LogisticRegression"),
        *("PassiveAggressive", "Perceptron", "RidgeClassifier", "SGDClassifier", "MLP", "LDA", "QDA", "BernoulliNB"),
        *("MultinomialNB", "ComplementNB", "GaussianNB", "KNN", "NearestCentroid", "ens.ExtraTrees"),
        *("ens.RandomForest", "ens.GradientBoosting", "CatBoost", "TabNet", "RealMLP", "TabPFNv2"),
    }
)
"""The learners of LCDB 1.1 that the model was made from: all but the constant one."""

METHODS = frozenset({"linear", "trees", "deep_trees", "network"})
"""Modelyard's methods that are of these kinds when they learn tables: linear models, boosted trees, a small network.

The others are not: what stands on a pre-trained encoder (probe, tuned, contrastive, few_shot, zero_shot, prompt) has a
phase of its own before its error falls, ensembles change their members as data grow, and naive does not learn.
"""


def known(kind: str) -> bool:
    """Whether the model was calibrated on learners of this kind."""
    return kind in CALIBRATED or kind in METHODS
