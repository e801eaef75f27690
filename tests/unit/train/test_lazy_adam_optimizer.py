"""The optimizer of dense and sparse gradients, against torch's two."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from gatewise.errors import ParameterError
from gatewise.nn.sparse_embedding import SparseEmbedding
from gatewise.train.lazy_adam import LazyAdam


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embedding, self.linear = SparseEmbedding(30, 8), nn.Linear(8, 4)

    def loss(self, step: int) -> torch.Tensor:
        ids = torch.randint(0, 30, (9,), generator=torch.Generator().manual_seed(step))
        return self.linear(self.embedding(ids)).square().sum()


def run(net: Net, optimizers: list[torch.optim.Optimizer], steps: range) -> None:
    for step in steps:
        for optimizer in optimizers:
            optimizer.zero_grad()
        net.loss(step).backward()
        for optimizer in optimizers:
            optimizer.step()


def test_it_is_torchs_sparse_adam_on_rows_and_adam_elsewhere() -> None:
    ours, theirs = Net(), Net()
    run(ours, [LazyAdam(ours.parameters(), lr=0.05)], range(20))
    rivals = [torch.optim.SparseAdam(theirs.embedding.parameters(), lr=0.05)]
    run(theirs, [*rivals, torch.optim.Adam(theirs.linear.parameters(), lr=0.05)], range(20))
    for own, truth in zip(ours.parameters(), theirs.parameters(), strict=True):
        # 20 steps of 0.05, where 1 - beta2 is 1e-5 of itself off in float, and torch's epsilon is scaled otherwise.
        torch.testing.assert_close(own, truth, rtol=0, atol=5e-5)


def test_gradients_are_still_there_after_a_step() -> None:
    net = Net()
    run(net, [LazyAdam(net.parameters())], range(1))
    assert all(parameter.grad is not None for parameter in net.parameters())


def test_a_run_that_was_stored_goes_on_to_the_same_bits() -> None:
    whole, first = Net(), Net()
    run(whole, [LazyAdam(whole.parameters())], range(6))
    optimizer = LazyAdam(first.parameters())
    run(first, [optimizer], range(3))
    second = copy.deepcopy(first)
    resumed = LazyAdam(second.parameters())
    resumed.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    run(second, [resumed], range(3, 6))
    for own, truth in zip(second.parameters(), whole.parameters(), strict=True):
        assert torch.equal(own, truth)


def test_gradients_of_two_losses_are_one_step() -> None:
    apart, together = Net(), Net()
    optimizers = LazyAdam(apart.parameters()), LazyAdam(together.parameters())
    apart.loss(0).backward()
    apart.loss(1).backward()
    (together.loss(0) + together.loss(1)).backward()
    for optimizer in optimizers:
        optimizer.step()
    for own, truth in zip(apart.parameters(), together.parameters(), strict=True):
        torch.testing.assert_close(own, truth, rtol=0, atol=1e-6)


def test_weight_decay_is_on_the_rows_that_were_met() -> None:
    net = Net()
    before = net.embedding.weight.detach().clone()
    optimizer = LazyAdam(net.embedding.parameters(), lr=0.1, weight_decay=0.5)
    (0 * net.embedding(torch.tensor([3])).sum()).backward()
    optimizer.step()
    torch.testing.assert_close(net.embedding.weight[3], 0.95 * before[3])
    assert torch.equal(net.embedding.weight[4:], before[4:])


def test_a_closure_makes_the_gradients() -> None:
    net = Net()
    optimizer = LazyAdam(net.parameters())

    def closure() -> float:
        optimizer.zero_grad()
        loss = net.loss(0)
        loss.backward()
        return loss.item()

    assert optimizer.step(closure) > optimizer.step(closure)


def test_a_rate_that_is_a_tensor_is_refused() -> None:
    with pytest.raises(ParameterError, match="lr is a tensor"):
        LazyAdam(Net().parameters(), lr=torch.tensor(0.1))


def test_schedulers_of_torch_set_its_rate() -> None:
    net = Net()
    optimizer = LazyAdam(net.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 0.0 if step else 1.0)
    run(net, [optimizer], range(1))
    schedule.step()
    before = [parameter.detach().clone() for parameter in net.parameters()]
    run(net, [optimizer], range(1, 2))
    assert all(torch.equal(a, b) for a, b in zip(net.parameters(), before, strict=True))
