// Schedule: the learning rate of a step. A function of the step's number only, so a resumed training goes on alike.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tusk::ml {

struct Schedule {
  // "constant"; "inverse": rate / (1 + decay * epochs); "step": rate * factor^(epochs / every); "cosine": to `floor` * rate at
  // the end. All after `warmup` epochs of linear rise.
  std::string kind = "constant";
  double rate = 0.1;
  double decay = 1;
  double factor = 0.1;
  double every = 10;
  double floor = 0;
  double warmup = 0;

  // `epochs` done so far (a fraction within one), of `total`.
  double RateAt(double epochs, double total) const;
};

const std::vector<std::string>& ScheduleKinds();

}  // namespace tusk::ml
