"""The stages, as progress shows them."""

TEXTS = {
    "prepare": ("prepare: read, infer, split", "准备：读取、识别、划分"),
    "plan": ("plan: measure the rate of each method", "计划：测量各方法的速度"),
    "expected_slice": ("a column of the data whose role is one of {roles}", "数据中角色为 {roles} 之一的列"),
    "package": ("package: build the bundle and check it", "打包：生成并检查产品包"),
    "evaluate": ("evaluate: measure the bundle on the test rows", "评估：在测试行上测量产品包"),
}
