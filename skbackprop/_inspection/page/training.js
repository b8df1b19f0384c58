"use strict";
// Training in the page: starts drawn at random, orders of the instances, and the rules that end it.

const Training = (() => {
  // Numbers from [0, 1), the same ones for the same seed (mulberry32).
  function random(seed) {
    let state = seed >>> 0;
    return () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
  }

  // Every weight and bias uniform in [-bound, bound], of each layer.
  function drawStart(net, bounds, draw) {
    for (const layers of [net.weights, net.biases]) {
      layers.forEach((numbers, layer) => numbers.forEach((_, at) => (numbers[at] = bounds[layer] * (2 * draw() - 1))));
    }
    return net;
  }

  // Lets units of the first layer bend among instances that are not centred, or close together: θ_j less Σ_i w_ij c_i, and in
  // proportion to the scale.
  function settle(net, { centre, scale }) {
    const [weights, biases] = [net.weights[0], net.biases[0]];
    biases.forEach((bias, j) => (biases[j] = scale * bias));
    centre?.forEach((value, i) => biases.forEach((_, j) => (biases[j] -= value * weights[i * biases.length + j])));
  }

  const HEAD_START = 12; // as in the package, and halved as its rule says

  // The rule of the updates that follow so many: hidden layers may begin with a larger rate.
  function ruleAfter(rule, nUpdates) {
    if ((rule.head_start ?? 1) === 1) return rule;
    const times = Math.max(1, Math.min(rule.head_start, HEAD_START / (1 + nUpdates / rule.updates_of_start)));
    return { ...rule, hidden_factor: times * rule.hidden_factor, has_equal_shares: rule.has_equal_shares || times > 1, head_start: 1 };
  }

  function shuffle(order, draw) {
    for (let last = order.length - 1; last > 0; last--) {
      const other = Math.floor(draw() * (last + 1));
      [order[last], order[other]] = [order[other], order[last]];
    }
    return order;
  }

  // Epochs that are kept, denser at the start: each is about an eighth later than the one before.
  const nextKept = (epoch) => Math.max(epoch + 1, Math.ceil(epoch * 1.12));

  // A training that makes one epoch a call of `present`. Its network is written to.
  function begin({ net, memory = null, data, rule, batchSize, isShuffled = true, seed = 0, thresholds }) {
    const training = {
      net, data, rule, thresholds,
      nEpochs: 0,
      curves: { loss: [], error: [], update: [] },
      snapshots: [{ epoch: 0, vector: net.vector.slice() }],
      stopReason: null,
    };
    const size = batchSize === "epoch" || rule.kind === "rprop" ? data.n : Math.min(batchSize, data.n);
    const total = Network.totalError(net, data);
    const own = memory ?? Network.newMemory(rule, net.vector.length);
    const work = Network.newWork(net);
    const draw = random(seed);
    const numbers = Array.from({ length: data.n }, (_, number) => number);
    training.present = () => {
      const order = isShuffled && size < data.n ? shuffle(numbers, draw) : null;
      const sums = Network.epoch(net, own, data, order, size, ruleAfter(rule, (training.nEpochs * data.n) / size), work);
      add(training, sums, data.n, total);
      return training.stopReason;
    };
    return training;
  }

  function add(training, sums, n, total) {
    training.nEpochs += 1;
    training.curves.loss.push(sums.loss / n);
    training.curves.error.push(total > 0 ? sums.error / total : sums.error === 0 ? 0 : 1);
    training.curves.update.push(sums.largest);
    training.stopReason = reasonToStop(training, sums);
    const last = training.snapshots.at(-1).epoch;
    if (training.stopReason !== null || training.nEpochs >= nextKept(last)) {
      training.snapshots.push({ epoch: training.nEpochs, vector: training.net.vector.slice() });
    }
  }

  // The first of the rules that is met, in the package's order, or null.
  function reasonToStop({ thresholds, nEpochs, curves }, sums) {
    if (!Number.isFinite(sums.loss) || !Number.isFinite(sums.largest)) return "diverged";
    if (sums.largest < thresholds.update) return "update_tol";
    if (curves.error.at(-1) < thresholds.error) return "error_tol";
    return nEpochs >= thresholds.maxIter ? "max_iter" : null;
  }

  return { random, drawStart, settle, ruleAfter, begin };
})();
