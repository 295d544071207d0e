"""What every training script shares: fitting, exporting, measuring, writing."""

import pathlib
import re

import numpy as np
import onnx
import onnxruntime
import torch

SEED = 20


def folder_of(script):
    """The folder of the training script, where its results are written."""
    return pathlib.Path(script).resolve().parent


def seed_everything():
    """Fixes all randomness; one thread, so that sums keep their order."""
    np.random.seed(SEED)
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)


def stratified_order(labels, rng):
    """Sample indices such that every prefix holds all classes about equally."""
    ranked = []
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        ranked += [(place, label, index) for place, index in enumerate(members)]
    return np.array([index for _, _, index in sorted(ranked)])


def fit(model, inputs, loss_of, epochs, batch=64, rate=2e-3, decay=1e-4, augment=None):
    """Trains with AdamW and a one-cycle rate; `loss_of(outputs, indices)` is the loss."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=decay)
    steps = epochs * -(-len(inputs) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=rate * 5, total_steps=steps)
    for epoch in range(epochs):
        model.train()
        total = 0.0
        for indices in torch.randperm(len(inputs)).split(batch):
            samples = inputs[indices]
            if augment is not None:
                samples = augment(samples)
            loss = loss_of(model(samples), indices)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(indices)
        print(f"epoch {epoch + 1}/{epochs}: loss {total / len(inputs):.4f}", flush=True)
    model.eval()
    return model


def export(model, sample, path, input_names, output_names, opset=17, dynamic_batch=True):
    """Writes ONNX by the TorchScript exporter, batch normalization kept as its own node."""
    axes = {name: {0: "batch"} for name in input_names + output_names}
    torch.onnx.export(
        model,
        (sample,),
        str(path),
        input_names=input_names,
        output_names=output_names,
        opset_version=opset,
        dynamic_axes=axes if dynamic_batch else None,
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
        dynamo=False,
    )
    onnx.checker.check_model(str(path), full_check=True)


def run_onnx(path, samples):
    """All outputs of the model by onnxruntime, one sample at a time, in the model's order."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    rows = [session.run(None, {name: sample[None]}) for sample in samples]
    return [np.concatenate(column) for column in zip(*rows)]


def accuracy(scores, labels):
    """Share of samples whose largest score is at the label."""
    return float(np.mean(np.argmax(scores, axis=1) == labels))


def count_macs(model, sample):
    """Multiply-accumulates of all convolutions and dense layers for one sample."""
    counts = []

    def hook(layer, _, output):
        weights_per_output = layer.weight[0].numel()
        counts.append(output[0].numel() * weights_per_output)

    kinds = (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Linear)
    hooks = [m.register_forward_hook(hook) for m in model.modules() if isinstance(m, kinds)]
    with torch.no_grad():
        model(sample)
    for handle in hooks:
        handle.remove()
    return sum(counts)


def count_parameters(model):
    """Trained numbers of the model."""
    return sum(p.numel() for p in model.parameters())


def toml_value(figure):
    """A number, or a table of numbers by output name, as TOML."""
    if isinstance(figure, dict):
        return "{ " + ", ".join(f"{name} = {toml_value(f)}" for name, f in figure.items()) + " }"
    return f"{figure:#.10g}"


def record(folder, figure):
    """Prints the measured figure and rewrites it in the `[measured]` table of `model.toml`; the fixed-point figure stays."""
    note = f"# by onnxruntime {onnxruntime.__version__}, on the committed test set"
    table = f"[measured]\n{note}\nfloat = {toml_value(figure)}\n"
    path = folder / "model.toml"
    path.write_text(re.sub(r"\[measured\]\n#[^\n]*\nfloat = [^\n]*\n", table, path.read_text()))
    print(f"{folder.name}: float = {toml_value(figure)}")
