"""The report, the model card and their drawings."""

METRICS = {
    "metric_roc_auc": ("ROC-AUC", "ROC-AUC"),
    "means_roc_auc": (
        "how often a case that is scores above one that is not; 0.5 is guessing",
        "随机取一正一负两行，正例得分更高的概率；0.5 等于随机猜测",
    ),
    "metric_average_precision": ("Average precision", "平均精确率"),
    "means_average_precision": (
        "precision averaged over all recalls; guessing gives the share of cases",
        "各召回水平下精确率的平均；随机猜测等于正例占比",
    ),
    "metric_accuracy": ("Accuracy", "准确率"),
    "means_accuracy": ("share of right answers", "答对的比例"),
    "metric_ks": ("KS", "KS"),
    "means_ks": (
        "largest gap between cases and others found down to one score; 0 is guessing, 1 is perfect",
        "同一分数线上正例与负例累计占比的最大差；0 等于随机猜测，1 为全对",
    ),
    "metric_gini": ("Gini", "基尼系数"),
    "means_gini": ("2 × ROC-AUC − 1; 0 is guessing", "2 × ROC-AUC − 1；0 等于随机猜测"),
    "metric_lift": ("Lift", "提升度"),
    "means_lift": (
        "how many times more cases there are among the rows that score highest",
        "得分最高的行中，正例占比是全体的多少倍",
    ),
    "metric_fpr": ("False positive rate", "误报率"),
    "means_fpr": ("of those that are not, the share called so", "不属于该类的行中，被误判的比例"),
    "metric_fnr": ("False negative rate", "漏报率"),
    "means_fnr": ("of those that are, the share that was missed", "属于该类的行中，被漏掉的比例"),
    "metric_coverage": ("Coverage", "自动决定率"),
    "means_coverage": ("share of rows that no person has to look at", "无需人工处理的行的比例"),
    "metric_error": ("Error", "自动决定错误率"),
    "means_error": ("share of wrong answers where no person looks", "无人复核的行中答错的比例"),
    "metric_cost": ("Cost", "代价"),
    "means_cost": ("expected money per row under the costs of the project", "按项目的代价表，每行的平均金额"),
    "metric_outside_recall": ("Out of scope found", "范围外检出率"),
    "means_outside_recall": (
        "of the rows that belong to none of the classes, the share that is turned away",
        "不属于任何类别的行中，被拒答的比例",
    ),
    "metric_outside_precision": ("Rightly turned away", "拒答正确率"),
    "means_outside_precision": (
        "of the rows that are turned away, the share that belongs to none of the classes; it depends on how many such "
        "rows there are",
        "被拒答的行中，确实不属于任何类别的比例；与这类行的多少有关",
    ),
    "metric_in_scope_loss": ("In-scope rows lost", "范围内误拒率"),
    "means_in_scope_loss": (
        "of the rows of the classes, the share that is turned away",
        "属于各类别的行中，被拒答的比例",
    ),
    "metric_in_scope_accuracy": ("In-scope accuracy", "范围内准确率"),
    "means_in_scope_accuracy": (
        "of the rows of the classes, the share that is answered, and rightly; Accuracy is before anything is turned away",
        "属于各类别的行中，既未被拒答又答对的比例；“准确率”则是拒答之前的",
    ),
    "metric_balanced_accuracy": ("Balanced accuracy", "平衡准确率"),
    "means_balanced_accuracy": (
        "mean recall of the classes, rare ones counting as much",
        "各类召回率的平均，稀少的类同等计入",
    ),
    "metric_f1": ("F1", "F1"),
    "means_f1": ("harmonic mean of precision and recall", "精确率与召回率的调和平均"),
    "metric_f1_macro": ("F1, macro", "宏平均 F1"),
    "means_f1_macro": ("mean F1 of the classes", "各类 F1 的平均"),
    "metric_f1_micro": ("F1, micro", "微平均 F1"),
    "means_f1_micro": ("F1 over all decisions together", "所有判定合在一起的 F1"),
    "metric_precision": ("Precision", "精确率"),
    "means_precision": ("of those called so, the share that are", "判为该类的行中，确实属于该类的比例"),
    "metric_recall": ("Recall", "召回率"),
    "means_recall": ("of those that are, the share that was found", "属于该类的行中，被找出的比例"),
    "metric_specificity": ("Specificity", "特异度"),
    "means_specificity": ("of those that are not, the share not called so", "不属于该类的行中，未被误判的比例"),
    "metric_mcc": ("MCC", "MCC"),
    "means_mcc": (
        "correlation of answers and truth; 0 is guessing, 1 is perfect",
        "答案与真实值的相关；0 等于随机猜测，1 为全对",
    ),
    "metric_log_loss": ("Log-loss", "对数损失"),
    "means_log_loss": ("how surprised the stated probabilities are by the truth", "真实结果出现时，所给概率的意外程度"),
    "metric_brier": ("Brier score", "Brier 分数"),
    "means_brier": ("squared distance of the probabilities to the truth", "概率与真实结果的平方距离"),
    "metric_ece": ("Calibration error (ECE)", "校准误差（ECE）"),
    "means_ece": ("by how much stated probabilities miss what comes true", "所给概率与实际发生比例的平均差"),
    "metric_hamming_loss": ("Hamming loss", "汉明损失"),
    "means_hamming_loss": ("share of labels that are wrong", "判错的标签比例"),
    "metric_subset_accuracy": ("Subset accuracy", "全对率"),
    "means_subset_accuracy": ("share of rows with every label right", "所有标签都对的行的比例"),
    "metric_rmse": ("RMSE", "RMSE"),
    "means_rmse": (
        "typical error in the target's unit, large errors counting more",
        "典型误差（与目标同单位），大误差权重更高",
    ),
    "metric_mae": ("MAE", "MAE"),
    "means_mae": ("mean absolute error in the target's unit", "平均绝对误差（与目标同单位）"),
    "metric_median_absolute_error": ("Median absolute error", "绝对误差中位数"),
    "means_median_absolute_error": ("half of the errors are smaller", "一半的误差小于它"),
    "metric_mape": ("MAPE", "MAPE"),
    "means_mape": ("mean absolute error as a share of the actual number", "绝对误差占实际值的平均比例"),
    "metric_smape": ("SMAPE", "SMAPE"),
    "means_smape": (
        "mean absolute error as a share of the mean of both numbers, 0 to 2",
        "绝对误差占预测值与实际值均值的平均比例，0 到 2",
    ),
    "metric_within": ("Near hits", "误差达标率"),
    "means_within": ("share of rows whose error is at most that share", "误差不超过该比例的行的占比"),
    "metric_r2": ("R²", "R²"),
    "means_r2": (
        "share of the variation that is explained; 0 is the mean, 1 is perfect",
        "解释了多少变动；0 等于只报均值，1 为全对",
    ),
}

PAGE = {
    "space": (" ", ""),
    "comma": (", ", "、"),
    "also": ("{one}; {other}", "{one}；{other}"),
    "named": ("{name}: {value}", "{name}：{value}"),
    "split_test": ("test", "测试集"),
    "split_folds": ("cross-validation", "交叉验证"),
    "undefined": ("not defined", "无定义"),
    "got_no_target": ("no column '{name}'", "没有“{name}”列"),
    "expected_labelled": ("rows whose truth is known: every target column", "已知真实结果的行：含全部目标列"),
    "missing": ("(missing)", "（缺失）"),
    "interval": ("{value} ({low} to {high})", "{value}（{low} 至 {high}）"),
    "range": ("{low} to {high}", "{low} 至 {high}"),
    "title": ("Evaluation report", "评估报告"),
    "lead_classes": (
        "Predicts {target} ({labels}) from {inputs} columns.",
        "根据 {inputs} 列预测“{target}”（{labels}）。",
    ),
    "lead_number": ("Predicts {target}, a number, from {inputs} columns.", "根据 {inputs} 列预测数值“{target}”。"),
    "lead_later": (
        "Measured on {n} rows of {split}, with the very files that ship; whether training saw them is not known here.",
        "在 {split} 的 {n} 行上测量，用的就是交付的文件；训练是否见过这些行，此处无从得知。",
    ),
    "lead_rows": (
        "Measured on {n} rows ({split}) that training never saw, with the very files that ship.",
        "用交付的同一份文件，在训练从未见过的 {n} 行（{split}）上测得。",
    ),
    "lead_folds": (
        "Measured on {n} rows by cross-validation ({ways} folds): each row was answered only by models that had not "
        "seen it. The bundle is the mean of these models.",
        "用交叉验证（{ways} 折）在 {n} 行上测得：每一行只由没有见过它的模型作答。产品包是这些模型的平均。",
    ),
    "lead_folds_intervals": (
        "They speak of other rows, not of another division into folds, which repeats average out.",
        "区间反映换一批行的影响，不含另一种折的划分；后者由重复划分平均掉。",
    ),
    "scored_by_one": (
        "This is the first configuration that these rows have scored.",
        "这是第一个用这些行评分的配置。",
    ),
    "scored_by": (
        "These rows have now scored {n} configurations: the more there are, the more the best of them owes to luck.",
        "至今已有 {n} 个配置用这些行评过分：评得越多，其中最好的一个就越可能只是运气好。",
    ),
    "lead_unmeasured": ("No labelled row was left to measure it on.", "没有留出可供测量的已标注行。"),
    "lead_intervals": (
        "Every range is a {percent} % interval: another draw of as many rows would give other numbers, mostly inside it.",
        "每个范围都是 {percent} % 区间：换一批同样多的行，数字会有变化，但多半落在其中。",
    ),
    "labels_more": ("{labels} and {n} more", "{labels} 及另外 {n} 类"),
    "bundle": ("Bundle", "产品包"),
    "rows_of": ("{n} rows ({split})", "{n} 行（{split}）"),
    "unmeasured": ("not measurable: label {n} rows", "无法测量：请标注 {n} 行"),
    "unmeasured_why": (
        "No labelled row is left that training did not see: nothing here says how well it answers new ones, and no "
        "goal on quality is decided. `modelyard label` proposes which rows to label first; run again with them, or "
        "measure this bundle on them: `modelyard evaluate BUNDLE FILE`.",
        "没有训练未见过的已标注行：这里说明不了它对新数据答得多好，与质量有关的目标都不作判定。"
        "`modelyard label` 会建议先标注哪些行；标注后重新运行，或用它们测量本产品包：`modelyard evaluate 产品包 文件`。",
    ),
    "rows_for_margin": (
        "About {n} rows that training never sees are needed to know a share such as accuracy to ±{points} points.",
        "要把准确率之类的比例确定到 ±{points} 个百分点，大约需要 {n} 行训练从未见过的数据。",
    ),
    "no_rows": (
        "No row here has a known target: nothing could be measured.",
        "这里没有一行带有已知的目标值：无法测量。",
    ),
    "few_rows": (
        "Only {n} rows: the intervals are wide, and small differences mean nothing.",
        "只有 {n} 行：区间很宽，小的差别没有意义。",
    ),
    "left_out": (
        "{n} rows were left out: their target is missing, or a class that training never saw.",
        "有 {n} 行未计入：目标值缺失，或其类别在训练中从未出现。",
    ),
    "target_line": ("{name} · {task} · {method} · {n} rows", "{name} · {task} · {method} · {n} 行"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "looked_for": ("{line} · looked for: {label}", "{line} · 正例：{label}"),
    # goals
    "goals": ("Goals", "目标"),
    "goal": ("Goal", "目标"),
    "outcome": ("Verdict", "判定"),
    "measured": ("Measured", "测得"),
    "outcome_met": ("met", "达到"),
    "outcome_not_met": ("not met", "未达到"),
    "outcome_undecided": ("undecided", "未定"),
    "more_rows": ("about {n} more test rows would decide", "大约再有 {n} 行测试数据可见分晓"),
    "more_rows_unknown": ("too close to the goal for more rows to decide soon", "离目标太近，增加行数短期内也难分晓"),
    "undecided_timing": ("this machine's timing varies across the goal", "本机计时的波动跨过了目标"),
    "undecided_few": ("too few rows to say for {column} = {names}", "{column} = {names} 的行太少，无法判断"),
    "undecided_no_column": ("these rows have no column {column}", "这些行没有列 {column}"),
    "undecided_no_rows": ("no row has this value of {column}", "没有一行的 {column} 取此值"),
    "at_conditions": ("{one} at {conditions}", "{one}，此时 {conditions}"),
    "got_no_server": ("the server ended with code {code} before it answered", "服务尚未应答就以代码 {code} 结束"),
    "expected_server": ("a server that can be timed", "可以计时的服务"),
    "undecided_undefined": ("not defined on these rows", "在这些行上无定义"),
    "goals_note": (
        "Met: the whole interval is on the good side. Not met: the whole interval is on the bad side. Otherwise undecided.",
        "达到：整个区间都在好的一侧；未达到：整个区间都在坏的一侧；否则未定。",
    ),
    "tally": ("{met} met, {not_met} not met, {undecided} undecided", "达到 {met}，未达到 {not_met}，未定 {undecided}"),
    "pieces": ("What `{goal}` rests on", "`{goal}` 依据的各项"),
    "pieces_cut": ("and {n} more, which stand better", "另有 {n} 项，情况更好"),
    "of_rows": ("{value}, {n} rows", "{value}，{n} 行"),
    # decisions
    "decision": ("How it decides", "如何作出决定"),
    "rule_threshold": (
        "{label} is answered when its probability is at least {threshold}.",
        "{label} 的概率不低于 {threshold} 时，回答 {label}。",
    ),
    "rule_costs": (
        "The class of least expected cost is answered.",
        "回答期望代价最小的类别。",
    ),
    "rule_costs_threshold": (
        "That is {label} when its probability is at least {threshold}.",
        "即 {label} 的概率不低于 {threshold} 时，回答 {label}。",
    ),
    "rule_likeliest": ("The likeliest class is answered.", "回答概率最大的类别。"),
    "rule_labels": (
        "Labels are answered from these probabilities on: {thresholds}.",
        "各标签的判定阈值：{thresholds}。",
    ),
    "rule_confidence": (
        "Answers less probable than {confidence} go to a person (`{word}`).",
        "所答类别的概率低于 {confidence} 的，转由人工处理（`{word}`）。",
    ),
    "rule_review_costs": (
        "Where a wrong answer would be expected to cost more than a person's look ({price}), a person decides "
        "(`{word}`).",
        "期望代价高于人工费用（{price}）的，转由人工处理（`{word}`）。",
    ),
    "rule_words": ("The decision is called: {names}.", "决定的名称：{names}。"),
    "rule_outside": (
        "Rows that are unlike all classes, by a measure (`unlike`) of {threshold} or more, get no class: the answer is "
        "`{label}`.",
        "与各类别差异过大（`unlike` 不低于 {threshold}）的行不归入任何类别，回答 `{label}`。",
    ),
    "outside_by_loss": (
        "That threshold was chosen on {rows} rows of the classes that the model had not learnt from, so that a new one is "
        "turned away with a probability of at most {loss}.",
        "该阈值在模型没有学过的 {rows} 行（均属于各类别）上选定，使一条属于各类别的新数据被拒答的概率不超过 {loss}。",
    ),
    "outside_by_goals": (
        "That threshold was chosen for {goals}, on rows that the model had not learnt from: {rows} of the classes, "
        "{outside} outside of them.",
        "该阈值为达到 {goals}，在模型没有学过的行上选定：属于各类别的 {rows} 行，不属于任何类别的 {outside} 行。",
    ),
    "outside_measured": (
        "Measured here on {rows} rows of the classes and {outside} rows outside of them. All other numbers of this report "
        "are about rows of the classes alone, before anything is turned away.",
        "本报告在属于各类别的 {rows} 行和不属于任何类别的 {outside} 行上测量拒答。其余各项指标只针对属于各类别的行，且为拒答之前的结果。",
    ),
    "chosen_for": (
        "Chosen for {goals}, on {rows} rows that the model had not learnt from; the test rows had no part in it.",
        "为达到 {goals}，在模型没有学过的 {rows} 行上选定；测试行未参与选择。",
    ),
    "chosen_crossed": (
        "Chosen for {goals}, on {rows} rows that the model had not learnt from. They are the rows of this report, so each "
        "of them is judged here under a rule that was chosen without it.",
        "为达到 {goals}，在模型没有学过的 {rows} 行上选定。本报告用的也是这些行，因此每一行都按选定时未用到它的规则来评判。",
    ),
    "standing_held": (
        "On those rows every bound was kept beyond noise.",
        "在那些行上，各项要求均达到，且超出噪声。",
    ),
    "standing_measured": (
        "On those rows every bound was kept as measured, but not beyond noise: on new rows it may turn out otherwise.",
        "在那些行上，各项要求按测得的数达到了，但未超出噪声：换成新数据可能有出入。",
    ),
    "standing_missed": (
        "No threshold kept every bound on those rows. The conditions came first; the rest gets as near as it can.",
        "在那些行上，没有一个阈值能同时满足各项要求。先保证条件，其余尽量接近。",
    ),
    "came_to": ("What it came to", "实际效果"),
    "curve_roc": ("Other thresholds: false alarms against what is found", "换用其他阈值：误报与检出"),
    "curve_coverage": ("Other certainties: what is decided against what is wrong", "换用其他把握程度：自动决定与出错"),
    "way": ("Way to answer", "作答方式"),
    "money": ("{currency} per 1,000 rows", "每 1,000 行（{currency}）"),
    "money_more": ("more than the rule", "比本规则多"),
    "way_rule": ("this rule", "本规则"),
    "way_likeliest": ("the likeliest class", "概率最大的类别"),
    "way_all": ("always {label}", "一律答 {label}"),
    "way_review": ("a person for every row", "每行都由人工处理"),
    "money_note": (
        "The cheapest of the answers that never change is what can be done without any model.",
        "一律作答的各种方式中最便宜的一种，就是不用模型所能做到的。",
    ),
    # quality
    "quality": ("How good it is", "效果如何"),
    "metric": ("Metric", "指标"),
    "this": ("This bundle", "本产品包"),
    "lower_better": ("lower is better", "越低越好"),
    "higher_better": ("higher is better", "越高越好"),
    "difference": ("Difference to {title}", "与“{title}”之差"),
    "strip_head": ("Interval; marks: simpler models", "区间；刻线：更简单的模型"),
    "clearly_better": (
        "On {metric} it is better than {names}, beyond noise.",
        "就{metric}而言，优于“{names}”，超出噪声。",
    ),
    "no_different": (
        "On {metric} it is no different from {names} beyond noise.",
        "就{metric}而言，与“{names}”的差别未超出噪声。",
    ),
    "clearly_worse": (
        "On {metric} it is worse than {names}, beyond noise.",
        "就{metric}而言，劣于“{names}”，超出噪声。",
    ),
    # errors
    "confusion": ("Which answers go wrong", "错在哪里"),
    "confusion_head": ("actual ↓  answered →", "实际 ↓  回答 →"),
    "confusion_folded": ("{n} rarer classes are counted together as “{name}”.", "其余 {n} 个较少的类合计为“{name}”。"),
    "other_classes": ("all others", "其他各类"),
    "class": ("Class", "类别"),
    "label": ("Label", "标签"),
    "rows": ("Rows", "行数"),
    "classes_cut": ("The {n} most frequent of {total} are shown.", "共 {total} 个，显示最常见的 {n} 个。"),
    # probabilities
    "reliability": ("Whether its probabilities come true", "概率是否可信"),
    "reliability_positive": (
        "Each dot gathers rows that were given a similar probability of “{label}”. On the diagonal, as many came true as "
        "was said. The bars below show how many rows there were.",
        "每个点汇集了被给出相近“{label}”概率的行；落在对角线上，说明实际发生的比例与所说一致。下方的柱表示行数。",
    ),
    "reliability_answer": (
        "Each dot gathers rows whose answer was given with a similar probability. On the diagonal, as many answers were "
        "right as was said. The bars below show how many rows there were.",
        "每个点汇集了以相近概率作答的行；落在对角线上，说明答对的比例与所说一致。下方的柱表示行数。",
    ),
    "reliability_labels": (
        "Each dot gathers labels that were given a similar probability. On the diagonal, as many came true as was said. "
        "The bars below show how many there were.",
        "每个点汇集了被给出相近概率的标签；落在对角线上，说明实际成立的比例与所说一致。下方的柱表示数量。",
    ),
    "axis_said": ("probability it gave", "给出的概率"),
    "axis_came": ("share that came true", "实际发生的比例"),
    "certain": ("Certain answers", "有把握的回答"),
    "certain_words": (
        "An answer is called certain when only one class remains possible at {promised} confidence.",
        "在 {promised} 置信度下只剩一个可能的类别时，该回答称为“有把握”。",
    ),
    "certain_share": ("Share of certain answers", "有把握的回答占比"),
    "certain_accuracy": ("Accuracy when certain", "有把握时的准确率"),
    "certain_otherwise": ("Accuracy when not certain", "没把握时的准确率"),
    "set_coverage": (
        "Truth among the classes still possible (promised {promised})",
        "真实类别在可能的类别之中（承诺 {promised}）",
    ),
    # numbers
    "fit": ("Predicted and actual", "预测与实际"),
    "fit_words": (
        "Each dot is a row; on the diagonal the prediction is exact. The band is the interval that each answer carries.",
        "每个点是一行；落在对角线上即完全准确。色带是每个回答附带的区间。",
    ),
    "predicted": ("predicted", "预测"),
    "actual": ("actual", "实际"),
    "axis_residual": ("actual minus predicted", "实际减预测"),
    "residual_words": (
        "Box: the middle half of the errors; bar: nine tenths; shaded: the interval that each answer carries.",
        "方框：居中的一半误差；横条：九成误差；底色：每个回答附带的区间。",
    ),
    "coverage": ("Truth inside the interval (promised {promised})", "真实值落在区间内（承诺 {promised}）"),
    "intervals": ("Prediction intervals", "预测区间"),
    "width": ("Mean width of the interval", "区间平均宽度"),
    # slices
    "slices": ("Where it is better and worse", "在哪些数据上更好或更差"),
    "slices_words": (
        "{metric} among rows that share a value; the vertical line is all rows. {shown} of {looked_at} slices are shown: "
        "columns that were asked for or are protected come first, then the worst and the largest.",
        "取值相同的行各自的{metric}；竖线为全部行。共考察 {looked_at} 个分组，显示 {shown} 个：先是指定的或受保护的列，再是最差的和行数最多的。",
    ),
    "slices_worse": (
        "Red: worse than all rows together, beyond noise, even though {looked_at} slices were looked at.",
        "红色：即使考虑到共考察了 {looked_at} 个分组，仍明显差于全部行的水平。",
    ),
    "slices_none_worse": (
        "None is worse than all rows together beyond noise, given that {looked_at} slices were looked at.",
        "考虑到共考察了 {looked_at} 个分组，没有一个明显差于全部行的水平。",
    ),
    "slice": ("Slice", "分组"),
    "characters": ("{range} characters", "{range} 个字符"),
    "worse": ("worse", "更差"),
    # importance
    "importance": ("What it looks at", "它看重什么"),
    "importance_words": (
        "How much the loss rises when a column is shuffled ({repeats} times, {rows} rows), so that it says nothing any "
        "more. Columns that say the same stand in for each other and then all look small.",
        "把某一列打乱（{repeats} 次，{rows} 行）使其失去信息后，损失上升多少。含义相近的列会互相替代，各自都显得不重要。",
    ),
    "importance_together": (
        "{n} of {total} columns are not shown one by one: they matter less, or were only shuffled in groups.",
        "{total} 列中有 {n} 列未逐一列出：影响较小，或只成组打乱过。",
    ),
    "column": ("Column", "列"),
    "loss_rise": ("rise of the loss", "损失的上升"),
    # ladder
    "ladder": ("What was tried", "尝试过什么"),
    "ladder_words": (
        "Measured on rows that the models in question did not see, and never on test rows. Lower loss is better.",
        "在相应模型没有见过的行上测得，从不使用测试行。损失越低越好。",
    ),
    "step": ("Step", "步骤"),
    "loss": ("Held-out loss", "留出损失"),
    "against": ("Against the best simpler step", "与更简单的最好一步相比"),
    "chosen": ("chosen", "选用"),
    "step_first": ("the starting point", "起点"),
    "step_unmeasured": ("not measured", "未测量"),
    "step_beats": ("better than {over} by {gain}, beyond noise", "优于“{over}”，损失低 {gain}，超出噪声"),
    "step_noise": ("no different from {over} beyond noise: {gain}", "与“{over}”的差别未超出噪声：{gain}"),
    "step_worse": ("worse than {over}, beyond noise: {gain}", "劣于“{over}”，超出噪声：{gain}"),
    "step_skipped": ("skipped: {reason}", "跳过：{reason}"),
    "curves": ("{title}: loss while learning", "{title}：学习过程中的损失"),
    "axis_work": ("units of work (epochs, rounds)", "工作单位（轮）"),
    # cost
    "cost": ("What it costs", "代价"),
    "latency_p50": ("One row, median", "单行，中位数"),
    "latency_p99": ("One row, 99th percentile", "单行，第 99 百分位"),
    "bundle_size": ("Bundle on disk", "产品包大小"),
    "megabytes": ("{n} MB", "{n} MB"),
    "milliseconds": ("{n} ms", "{n} 毫秒"),
    "cost_words": (
        "Latency of one row in process, without a network, on this machine: {machine}. Size without this report.",
        "延迟为进程内单行预测、不含网络，在本机测得：{machine}。大小不含本报告。",
    ),
    # facts
    "about": ("About the data and the run", "数据与运行"),
    "fact_source": ("Data", "数据"),
    "fact_rows": ("Rows", "行数"),
    "fact_folds": ("Folds (repeats × folds; 1: validation rows)", "折（重复 × 折数；1 为验证集）"),
    "fact_time_budget": ("Time budget (s)", "时间预算（秒）"),
    "fact_took": ("Seconds before this report", "生成报告之前各阶段耗时（秒）"),
    "fact_stopped": ("Stopped by the clock", "因超时停止"),
    "fact_threads": ("Threads", "线程"),
    "fact_seed": ("Seed", "随机种子"),
    "fact_encoders": ("Pre-trained encoders", "预训练编码器"),
    "fact_libraries": ("Libraries", "库版本"),
    "fact_fingerprint": ("Fingerprint of the data", "数据指纹"),
    "fact_bundle": ("Bundle id", "产品包编号"),
    "fact_inputs": ("Input columns", "输入列"),
    "notes": ("What preparation noticed", "数据准备时的发现"),
    "recompute": (
        "Every number here can be computed again: modelyard evaluate BUNDLE ROWS",
        "这里的每个数字都可以重新计算：modelyard evaluate 产品包 数据",
    ),
    # files
    "expected_report": ("a report: report.json, or the folder that holds it", "报告：report.json 或其所在的文件夹"),
    "fix_report": ("`modelyard evaluate` writes one", "`modelyard evaluate` 会写出报告"),
    "got_no_report": ("no report.json there", "其中没有 report.json"),
    "got_no_json": ("not JSON", "不是 JSON"),
    "got_format": ("format {got}", "格式 {got}"),
}

CARD = {
    "card": ("Model card: {name}", "模型卡：{name}"),
    "card_what": ("What it does", "功能"),
    "card_use": ("Intended use", "适用范围"),
    "card_use_words": (
        "Rows like those it was measured on: the same {inputs} columns, from the same source. Nothing is known about "
        "other data. The product's owner states here what decisions it may support.",
        "与测量时同类的数据：同样的 {inputs} 列、同样的来源。对其他数据的表现一无所知。可用于支持哪些决策，由产品负责人在此写明。",
    ),
    "card_data": ("Data", "数据"),
    "card_quality": ("Measured quality", "实测效果"),
    "card_limits": ("Limits", "局限"),
    "card_limit_rows": ("Measured on {n} rows; smaller effects than the intervals show cannot be seen.", "在 {n} 行上测得；小于区间宽度的差别看不出来。"),
    "card_limit_slice": ("Worse where {column} = {value}: {metric} {number} ({n} rows).", "在 {column} = {value} 时更差：{metric} {number}（{n} 行）。"),
    "card_limit_ece": ("Stated probabilities miss by {ece} on average.", "所给概率平均偏差 {ece}。"),
    "card_limit_coverage": ("{promised} of the truth was promised to lie inside the intervals; measured: {coverage}.", "承诺 {promised} 的真实值落在区间内；实测：{coverage}。"),
    "card_limit_baseline": ("Not better than {names} beyond noise.", "未明显优于“{names}”。"),
    "card_limit_goal": ("Goal {outcome}: {goal} ({number}).", "目标{outcome}：{goal}（{number}）。"),
    "card_limit_new": ("Categories never seen in training are answered with a warning.", "遇到训练中从未出现的类别时，会带警告作答。"),
}  # fmt: skip

LATER = {
    "got_strange_target": ("nothing that can be compared: {cells}", "没有可以比较的值：{cells}"),
    "expected_known_target": ("as in training: {known}", "与训练时相同：{known}"),
    "fix_strange_target": ("write the target as the training data did, and give rows whose truth is known", "按训练数据的写法填写目标，并提供已知真实结果的行"),
}  # fmt: skip

TEXTS = {**METRICS, **PAGE, **CARD, **LATER}
