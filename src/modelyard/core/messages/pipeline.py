"""The stages, as progress shows them."""

TEXTS = {
    "prepare": ("prepare: read, infer, split", "准备：读取、识别、划分"),
    "plan": ("plan: measure the rate of each method", "计划：测量各方法的速度"),
    "expected_slice": ("a column of the data whose role is one of {roles}", "数据中角色为 {roles} 之一的列"),
    "got_lean_install": (
        "this install serves bundles and cannot make them; it lacks {modules}",
        "当前安装只能提供服务，不能生成产品包；缺少 {modules}",
    ),
    "expected_full_install": ("what a run on tables needs", "表格运行所需的软件包"),
    "expected_planned": ("a run that got as far as its work plan", "已完成工作计划的运行"),
    "package": ("package: build the bundle and check it", "打包：生成并检查产品包"),
    "evaluate": ("evaluate: measure the bundle on the test rows", "评估：在测试行上测量产品包"),
    "track": ("track: tell MLflow", "记录：写入 MLflow"),
    "not_tracked": ("MLflow was not told of this run: {problem}", "本次运行未能写入 MLflow：{problem}"),
    "no_mlflow": ("pip install 'modelyard[track]'", "pip install 'modelyard[track]'"),
    "too_long": ("no answer within {seconds} seconds", "{seconds} 秒内没有应答"),
}
