"use strict";
// The arithmetic of a network: forward, errors, gradient, update, epoch. It knows nothing of the page.
//
// Conventions: a network's weights and biases lie in one Float64Array, those of all layers first, then the biases, as in the
// Python package; weights[layer] and biases[layer] are views, a weight's place is i * nUnits + j. Numbers of an instance are
// rows of flat arrays.

const Network = (() => {
  const EPSILON = Number.EPSILON;
  const TINY = 2.2250738585072014e-308;

  // Of sigmoid outputs of classes, as predict_proba has them.
  const LEAST_SUM = 0.3, LEAST_PART_TOLD = 0.01;

  const sigmoid = (net) => 1 / (1 + Math.exp(-net)); // O_j = 1 / (1 + e^-I_j)

  // A function of net inputs, and its slope as a function of the output.
  const ACTIVATIONS = {
    identity: { apply: (net) => net, slope: () => 1 },
    logistic: { apply: sigmoid, slope: (out) => out * (1 - out) },
    relu: { apply: (net) => Math.max(net, 0), slope: (out) => (out === 0 ? 0 : 1) },
    tanh: { apply: Math.tanh, slope: (out) => 1 - out * out },
  };

  const residual = (out, target) => target - out;
  const squared = (out, target) => 0.5 * (target - out) ** 2;
  const xlogy = (x, y) => (x === 0 ? 0 : x * Math.log(y));
  const inside = (out) => Math.min(Math.max(out, EPSILON), 1 - EPSILON);
  const binaryLog = (out, target) => -(xlogy(target, inside(out)) + xlogy(1 - target, 1 - inside(out)));

  function poisson(out, target) {
    return xlogy(target, target) - xlogy(target, Math.max(out, TINY)) - target + out;
  }

  function huber(out, target, delta) {
    const size = Math.abs(target - out);
    const within = Math.min(size, delta);
    return within * (size - 0.5 * within);
  }

  const clip = (value, bound) => Math.min(Math.max(value, -bound), bound);

  function quantileError(out, target, quantile) {
    return target > out ? quantile : target < out ? quantile - 1 : 0;
  }

  function quantileLoss(out, target, quantile) {
    return Math.max(quantile * (target - out), (quantile - 1) * (target - out));
  }

  // Of each output unit: what it computes, Err_j, and its loss, by the names that the compiled kernel has for them.
  const LOSSES = {
    logistic_squared: { unit: "logistic", error: (out, target) => out * (1 - out) * (target - out), loss: squared },
    logistic_log: { unit: "logistic", error: residual, loss: binaryLog },
    softmax_log: { unit: "softmax", error: residual, loss: (out, target) => -xlogy(target, inside(out)), alone: binaryLog },
    identity_squared: { unit: "identity", error: residual, loss: squared },
    identity_absolute: {
      unit: "identity",
      error: (out, target) => Math.sign(target - out),
      loss: (out, target) => Math.abs(target - out),
    },
    identity_huber: { unit: "identity", error: (out, target, delta) => clip(target - out, delta), loss: huber },
    identity_quantile: { unit: "identity", error: quantileError, loss: quantileLoss },
    exp_poisson: { unit: "exp", error: residual, loss: poisson },
  };

  // A network of these kinds of units, its weights and biases all zero or those of the given vector, which becomes its own.
  function make({ sizes, activation, loss, parameter = 0.5, groups = null }, vector = null) {
    const nWeights = sizes.slice(1).reduce((sum, size, layer) => sum + size * sizes[layer], 0);
    const nBiases = sizes.slice(1).reduce((sum, size) => sum + size, 0);
    const all = vector ?? new Float64Array(nWeights + nBiases);
    const net = { sizes, activation, loss, parameter, groups, vector: all, nWeights, weights: [], biases: [] };
    let weight = 0;
    let bias = nWeights;
    for (let layer = 1; layer < sizes.length; layer++) {
      net.weights.push(all.subarray(weight, (weight += sizes[layer - 1] * sizes[layer])));
      net.biases.push(all.subarray(bias, (bias += sizes[layer])));
    }
    return net;
  }

  const copy = (net) => make(net, net.vector.slice());

  // Output units that decide together: pairs of the first and the one after the last.
  function groupsOf(net) {
    let start = 0;
    return (net.groups ?? []).map((size) => [start, (start += size)]);
  }

  function softmax(out, start, end) {
    const largest = Math.max(...out.subarray(start, end));
    let total = 0;
    for (let j = start; j < end; j++) total += out[j] = Math.exp(out[j] - largest);
    for (let j = start; j < end; j++) out[j] /= total;
  }

  // Turns the net inputs of the output units into outputs, in place.
  function applyOutputUnits(net, out) {
    const unit = LOSSES[net.loss].unit;
    if (unit === "logistic") for (let j = 0; j < out.length; j++) out[j] = sigmoid(out[j]);
    if (unit === "exp") for (let j = 0; j < out.length; j++) out[j] = Math.exp(out[j]);
    if (unit === "softmax") {
      for (const [start, end] of groupsOf(net)) {
        if (end - start === 1) out[start] = sigmoid(out[start]);
        else softmax(out, start, end);
      }
    }
    return out;
  }

  const newPass = (net) => ({
    net: net.biases.map((biases) => new Float64Array(biases.length)),
    outputs: net.sizes.map((size) => new Float64Array(size)),
    errors: net.biases.map((biases) => new Float64Array(biases.length)),
  });

  // I_j and O_j of every layer for the inputs of one instance.
  function forward(net, inputs, pass = newPass(net)) {
    pass.outputs[0].set(inputs);
    const last = net.weights.length - 1;
    for (let layer = 0; layer <= last; layer++) {
      const sums = pass.net[layer];
      sums.set(net.biases[layer]); // I_j = Σ_i w_ij O_i + θ_j
      addProducts(sums, pass.outputs[layer], net.weights[layer]);
      const out = pass.outputs[layer + 1];
      out.set(sums);
      if (layer === last) applyOutputUnits(net, out);
      else applyActivation(ACTIVATIONS[net.activation].apply, out);
    }
    return pass;
  }

  function addProducts(sums, below, weights) {
    const n = sums.length;
    for (let i = 0; i < below.length; i++) {
      const value = below[i];
      if (value !== 0) for (let j = 0, at = i * n; j < n; j++, at++) sums[j] += value * weights[at];
    }
  }

  function applyActivation(apply, out) {
    for (let j = 0; j < out.length; j++) out[j] = apply(out[j]);
  }

  function outputErrors(net, out, targets, errors) {
    const { error } = LOSSES[net.loss];
    for (let j = 0; j < out.length; j++) errors[j] = error(out[j], targets[j], net.parameter);
    return errors;
  }

  // Errors of the hidden units of a layer, from those of the layer above: Err_j = O_j (1 - O_j) Σ_k Err_k w_jk.
  function hiddenErrors(net, layer, out, above, errors) {
    const weights = net.weights[layer + 1];
    const { slope } = ACTIVATIONS[net.activation];
    for (let j = 0, at = 0; j < out.length; j++) {
      let sum = 0;
      for (let k = 0; k < above.length; k++, at++) sum += above[k] * weights[at];
      errors[j] = sum * slope(out[j]);
    }
    return errors;
  }

  // All errors are formed with the weights from before the update.
  function backward(net, pass, targets) {
    const last = net.weights.length - 1;
    outputErrors(net, pass.outputs[last + 1], targets, pass.errors[last]);
    for (let layer = last - 1; layer >= 0; layer--) {
      hiddenErrors(net, layer, pass.outputs[layer + 1], pass.errors[layer + 1], pass.errors[layer]);
    }
    return pass;
  }

  // Adds a share of an instance's slope of the loss: ∂E/∂w_ij = -Err_j O_i, ∂E/∂θ_j = -Err_j.
  function addGradient(pass, share, into) {
    for (let layer = 0; layer < into.weights.length; layer++) {
      const errors = pass.errors[layer];
      const below = pass.outputs[layer];
      for (let j = 0; j < errors.length; j++) into.biases[layer][j] -= share * errors[j];
      for (let i = 0, at = 0; i < below.length; i++) {
        for (let j = 0; j < errors.length; j++, at++) into.weights[layer][at] -= share * errors[j] * below[i];
      }
    }
  }

  function lossOf(net, out, targets) {
    const { loss, alone } = LOSSES[net.loss];
    const isAlone = alone ? (net.groups ?? []).flatMap((size) => Array(size).fill(size === 1)) : [];
    let sum = 0;
    for (let j = 0; j < out.length; j++) sum += (isAlone[j] ? alone : loss)(out[j], targets[j], net.parameter);
    return sum;
  }

  // What each group of outputs decides: of one unit whether it is above 0.5, of several the largest.
  function decide(net, out) {
    return groupsOf(net).map(([start, end]) => {
      if (end - start === 1) return out[start] > 0.5 ? 1 : 0;
      let best = start;
      for (let j = start + 1; j < end; j++) if (out[j] > out[best]) best = j;
      return best - start;
    });
  }

  // 1 for an instance with a label that is wrong and 0 for another; of numbers the squared residuals.
  function errorOf(net, out, targets) {
    if (net.groups === null) return out.reduce((sum, value, j) => sum + (targets[j] - value) ** 2, 0);
    const wanted = decide(net, targets);
    return decide(net, out).some((decision, group) => decision !== wanted[group]) ? 1 : 0;
  }

  const row = (numbers, length, number) => numbers.subarray(number * length, (number + 1) * length);

  // The mean gradient of a batch, the penalty included; returns sums over it of losses and errors.
  function batchGradient(net, data, order, [start, end], alpha, work) {
    const { pass, gradient } = work;
    const [nInputs, nOutputs] = [net.sizes[0], net.sizes.at(-1)];
    let [loss, error] = [0, 0];
    gradient.vector.fill(0);
    for (let at = start; at < end; at++) {
      const number = order ? order[at] : at;
      const targets = row(data.targets, nOutputs, number);
      forward(net, row(data.inputs, nInputs, number), pass);
      backward(net, pass, targets);
      addGradient(pass, 1 / (end - start), gradient);
      loss += lossOf(net, pass.outputs.at(-1), targets);
      error += errorOf(net, pass.outputs.at(-1), targets);
    }
    if (alpha) loss += addPenalty(net, alpha, end - start, gradient);
    return { loss, error };
  }

  function addPenalty(net, alpha, n, gradient) {
    let squares = 0;
    for (let at = 0; at < net.nWeights; at++) {
      gradient.vector[at] += (alpha / n) * net.vector[at];
      squares += net.vector[at] ** 2;
    }
    return 0.5 * alpha * squares;
  }

  // Each turns a gradient, in place, into what is added to the weights and biases.
  const RULES = {
    descent: { memory: (rule) => (rule.momentum ? { velocity: 0 } : {}), step: descend },
    adam: { memory: () => ({ first_moment: 0, second_moment: 0 }), step: stepAdam },
    rprop: { memory: (rule) => ({ last_gradient: 0, step_sizes: rule.learning_rate }), step: stepRprop },
  };

  // The rate of each weight and bias, which hidden layers have another of.
  function ratesOf(net, rule, hiddenRate = rule.learning_rate * rule.hidden_factor) {
    const rates = make(net);
    rates.vector.fill(hiddenRate);
    rates.weights.at(-1).fill(rule.learning_rate);
    rates.biases.at(-1).fill(rule.learning_rate);
    return rates.vector;
  }

  function descend(rule, gradient, memory, rates) {
    const velocity = memory.vectors.velocity;
    for (let at = 0; at < gradient.length; at++) {
      const move = -(rates ? rates[at] : rule.learning_rate) * gradient[at];
      gradient[at] = move;
      if (!rule.momentum) continue;
      velocity[at] = rule.momentum * velocity[at] + move;
      gradient[at] = rule.is_nesterov ? move + rule.momentum * velocity[at] : velocity[at];
    }
  }

  const epsilonOf = (rule) => Math.max(rule.epsilon, Math.sqrt(TINY));

  function stepAdam(rule, gradient, memory, rates) {
    const { first_moment: first, second_moment: second } = memory.vectors;
    const { beta_1, beta_2 } = rule;
    const n = memory.nUpdates + 1;
    const correction = Math.sqrt(1 - beta_2 ** n) / (1 - beta_1 ** n);
    for (let at = 0; at < gradient.length; at++) {
      first[at] = beta_1 * first[at] + (1 - beta_1) * gradient[at];
      second[at] = beta_2 * second[at] + (1 - beta_2) * gradient[at] * gradient[at];
      gradient[at] = (-(rates ? rates[at] : rule.learning_rate) * correction * first[at]) / (Math.sqrt(second[at]) + epsilonOf(rule));
    }
  }

  function stepRprop(rule, gradient, memory) {
    const { last_gradient: last, step_sizes: sizes } = memory.vectors;
    for (let at = 0; at < gradient.length; at++) {
      const agreement = Math.sign(last[at]) * Math.sign(gradient[at]);
      if (agreement > 0) sizes[at] = Math.min(sizes[at] * rule.increase, rule.largest);
      if (agreement < 0) {
        sizes[at] = Math.max(sizes[at] * rule.decrease, rule.smallest);
        gradient[at] = 0;
      }
      last[at] = gradient[at];
      gradient[at] = -Math.sign(gradient[at]) * sizes[at];
    }
  }

  // What a rule carries from one update to the next, as it begins.
  function newMemory(rule, length) {
    const first = RULES[rule.kind].memory(rule);
    const vectors = {};
    for (const [name, value] of Object.entries(first)) vectors[name] = new Float64Array(length).fill(value);
    return { vectors, nUpdates: 0 };
  }

  // Moves every weight and bias; returns max |Δ|.
  function update(net, memory, gradient, rule) {
    RULES[rule.kind].step(rule, gradient.vector, memory, (rule.hidden_factor ?? 1) === 1 ? null : ratesOf(net, rule));
    memory.nUpdates += 1;
    let largest = 0;
    for (let at = 0; at < net.vector.length; at++) {
      net.vector[at] += gradient.vector[at];
      const size = Math.abs(gradient.vector[at]);
      if (!(size <= largest)) largest = size; // NaN too
    }
    return largest;
  }

  const newWork = (net) => ({ pass: newPass(net), gradient: make(net) });

  // Presents the instances in the given order, or their own, with an update after each batch. Those left over make a smaller
  // batch: in a given order the first, else the last. Where the rule has equal shares their gradient is smaller, as their
  // part of a batch is.
  function epoch(net, memory, data, order, batchSize, rule, work = newWork(net)) {
    const n = order ? order.length : data.n;
    const sums = { loss: 0, error: 0, largest: 0 };
    const lackOfFirst = order ? (batchSize - (n % batchSize)) % batchSize : 0;
    for (let start = -lackOfFirst; start < n; start += batchSize) {
      const range = [Math.max(start, 0), Math.min(start + batchSize, n)];
      const { loss, error } = batchGradient(net, data, order, range, rule.alpha, work);
      sums.loss += loss;
      sums.error += error;
      const share = (range[1] - range[0]) / batchSize;
      if (rule.has_equal_shares && share < 1) work.gradient.vector.forEach((each, at, all) => (all[at] = each * share));
      const largest = update(net, memory, work.gradient, rule);
      if (!(largest <= sums.largest)) sums.largest = largest;
    }
    return sums;
  }

  // What an epoch's sum of errors is divided by: the number of instances, or the total sum of squares.
  function totalError(net, data) {
    if (net.groups !== null) return data.n;
    const nOutputs = net.sizes.at(-1);
    let total = 0;
    for (let j = 0; j < nOutputs; j++) {
      const column = Float64Array.from({ length: data.n }, (_, number) => data.targets[number * nOutputs + j]);
      const mean = column.reduce((sum, value) => sum + value, 0) / data.n;
      total += column.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    }
    return total;
  }

  // The probability of each class of a label, or the outputs where they are numbers.
  function shares(net, out, label = 0) {
    if (net.groups === null) return Array.from(out);
    const [start, end] = groupsOf(net)[label];
    if (end - start === 1) return [1 - out[start], out[start]];
    const part = Array.from(out.subarray(start, end));
    const total = part.reduce((sum, value) => sum + value, 0);
    if (!(total > 0)) return part.map(() => 1 / part.length);
    const untold = 1 - partTold(total);
    return part.map((value) => value / total + untold * (1 / part.length - value / total));
  }

  // How much of the probabilities sigmoid outputs of this sum tell; where it is not all, these are closer to each other.
  function partTold(total) {
    return Math.min(1, Math.max(LEAST_PART_TOLD, total / LEAST_SUM));
  }

  return {
    ACTIVATIONS, LOSSES, RULES, make, copy, newPass, newMemory, newWork, forward, backward, outputErrors, hiddenErrors,
    applyOutputUnits, groupsOf, lossOf, errorOf, decide, shares, partTold, batchGradient, update, epoch, totalError, epsilonOf, ratesOf, row,
  };
})();
