"""The sampling functions of k-diffusion, written down plainly from their formulas, for one image or a batch.

`model(x, sigma)` returns the denoised picture; `noise()` returns fresh noise of x's shape. Independent of
generation.pipelines.solvers on purpose: nothing of it is imported here.
"""

import math
from itertools import pairwise

import torch


def dpmpp_2s_ancestral(model, x, sigmas, noise):
    for now, following in pairwise(sigmas):
        denoised = model(x, now)
        up = min(following, math.sqrt(following**2 * (now**2 - following**2) / now**2))
        down = math.sqrt(following**2 - up**2)
        if down == 0:
            x = x + (x - denoised) / now * (down - now)
        else:
            t, t_next = -math.log(now), -math.log(down)
            h = t_next - t
            s = t + h / 2
            x_2 = math.exp(-s) / math.exp(-t) * x - math.expm1(-h / 2) * denoised
            denoised_2 = model(x_2, math.exp(-s))
            x = math.exp(-t_next) / math.exp(-t) * x - math.expm1(-h) * denoised_2
        if following > 0:
            x = x + noise() * up
    return x


def _eps(model, x, t):
    return (x - model(x, math.exp(-t))) / math.exp(-t)


def _step_1(x, t, t_next, eps):
    return x - math.exp(-t_next) * math.expm1(t_next - t) * eps


def _step_2(model, x, t, t_next, eps, r1=1 / 2, eps_r1=None):
    h = t_next - t
    s1 = t + r1 * h
    u1 = x - math.exp(-s1) * math.expm1(r1 * h) * eps
    eps_r1 = _eps(model, u1, s1) if eps_r1 is None else eps_r1
    sigma = math.exp(-t_next)
    return x - sigma * math.expm1(h) * eps - sigma / (2 * r1) * math.expm1(h) * (eps_r1 - eps), eps_r1


def _step_3(model, x, t, t_next, eps, eps_r1=None, r1=1 / 3, r2=2 / 3):
    h = t_next - t
    s1, s2 = t + r1 * h, t + r2 * h
    u1 = x - math.exp(-s1) * math.expm1(r1 * h) * eps
    eps_r1 = _eps(model, u1, s1) if eps_r1 is None else eps_r1
    u2 = x - math.exp(-s2) * math.expm1(r2 * h) * eps
    u2 = u2 - math.exp(-s2) * (r2 / r1) * (math.expm1(r2 * h) / (r2 * h) - 1) * (eps_r1 - eps)
    eps_r2 = _eps(model, u2, s2)
    sigma = math.exp(-t_next)
    return x - sigma * math.expm1(h) * eps - sigma / r2 * (math.expm1(h) / h - 1) * (eps_r2 - eps)


def dpm_fast(model, x, sigma_min, sigma_max, calls):
    t_start, t_end = -math.log(sigma_max), -math.log(sigma_min)
    m = calls // 3 + 1
    orders = [3] * (m - 2) + [2, 1] if calls % 3 == 0 else [3] * (m - 1) + [calls % 3]
    ts = [t_start + (t_end - t_start) * at / m for at in range(m + 1)]
    for order, t, t_next in zip(orders, ts, ts[1:], strict=False):
        eps = _eps(model, x, t)
        if order == 1:
            x = _step_1(x, t, t_next, eps)
        elif order == 2:
            x, _ = _step_2(model, x, t, t_next, eps)
        else:
            x = _step_3(model, x, t, t_next, eps)
    return x


def dpm_adaptive(model, x, sigma_min, sigma_max, rtol=0.05, atol=0.0078, h_init=0.05, accept_safety=0.81):
    """Return the sample, and how many tries were taken and how many were not."""
    s, t_end = -math.log(sigma_max), -math.log(sigma_min)
    x_prev, h, accepted, rejected = x, h_init, 0, 0
    while s < t_end - 1e-5:
        t = min(t_end, s + h)
        eps = _eps(model, x, s)
        x_low, eps_r1 = _step_2(model, x, s, t, eps, r1=1 / 3)
        x_high = _step_3(model, x, s, t, eps, eps_r1=eps_r1)
        delta = torch.maximum(torch.tensor(atol, dtype=x.dtype), rtol * torch.maximum(x_low.abs(), x_prev.abs()))
        error = float(torch.linalg.norm((x_low - x_high) / delta)) / x.numel() ** 0.5
        factor = 1 + math.atan((1 / (error + 1e-8)) ** (1 / 3) - 1)
        if factor >= accept_safety:
            x_prev, x, s, accepted = x_low, x_high, t, accepted + 1
        else:
            rejected += 1
        h *= factor
    return x, accepted, rejected


def karras(n, sigma_min, sigma_max, rho=7.0):
    ramp = [at / (n - 1) for at in range(n)]
    low, high = sigma_min ** (1 / rho), sigma_max ** (1 / rho)
    return [(high + one * (low - high)) ** rho for one in ramp] + [0.0]


def restart(model, x, sigmas, noise, intervals):
    """Walk Heun's method along `sigmas`; `intervals`: {lowest: (steps, times, highest)} to be walked again."""

    def nearest(wanted):
        return min(range(len(sigmas)), key=lambda at: abs(sigmas[at] - wanted))

    def heun(x, old, new):
        d = (x - model(x, old)) / old
        if new == 0:
            return x + d * (new - old)
        x_2 = x + d * (new - old)
        d_2 = (x_2 - model(x_2, new)) / new
        return x + (d + d_2) / 2 * (new - old)

    ways = {nearest(lowest): value for lowest, value in intervals.items()}
    steps = []
    for at in range(len(sigmas) - 1):
        steps.append((sigmas[at], sigmas[at + 1]))
        if at + 1 in ways:
            length, times, highest = ways[at + 1]
            again = karras(length + 1, sigmas[at + 1], sigmas[nearest(highest)])[:-1]
            steps += list(pairwise(again)) * times
    last = None
    for old, new in steps:
        if last is not None and last < old:
            x = x + noise() * math.sqrt(old**2 - last**2)
        x, last = heun(x, old, new), new
    return x
