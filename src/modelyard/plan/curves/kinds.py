"""Kinds of learner: those that the quantile model has seen curves of, under LCDB's names and Modelyard's.

How a curve goes on depends on what learns: naive Bayes soon stops, boosted trees go on, TabNet drops late and suddenly.
"""

from __future__ import annotations

UNKNOWN = 0
KINDS: dict[str, tuple[str, ...]] = {
    "bayes": ("BernoulliNB", "MultinomialNB", "ComplementNB", "GaussianNB"),
    "discriminant": ("LDA", "QDA"),
    "linear": (
        *("LogisticRegression", "RidgeClassifier", "SVM_Linear", "SGDClassifier", "Perceptron", "PassiveAggressive"),
        "linear",
    ),
    "kernel": ("SVM_Poly", "SVM_RBF", "SVM_Sigmoid"),
    "neighbours": ("KNN", "NearestCentroid"),
    "tree": ("Decision Tree", "ExtraTree"),
    "trees": ("ens.ExtraTrees", "ens.RandomForest", "ens.GradientBoosting", "CatBoost", "trees", "deep_trees"),
    "network": ("MLP", "RealMLP", "TabPFNv2", "network"),
    "attention": ("TabNet",),
}
"""Kind -> its learners; the last of `linear`, `trees` and `network` are Modelyard's methods, when they learn tables.

Its other methods are of no kind here: what stands on a pre-trained encoder (probe, tuned, contrastive, few_shot,
zero_shot, prompt) has a phase of its own before its error falls, ensembles change their members as data grow, and naive
does not learn.
"""

_CODES = {name: code for code, names in enumerate(KINDS.values(), start=1) for name in names}


def code(learner: str | None) -> int:
    """The number of a learner's kind, in the order of `KINDS`; `UNKNOWN` for those that LCDB has no curve of."""
    return UNKNOWN if learner is None else _CODES.get(learner, UNKNOWN)
