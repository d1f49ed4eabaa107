// A step of the swarm.
#include "mlkit/genetic/particle_swarm.h"

#include <algorithm>

namespace tusk::ml {

ParticleSwarm::ParticleSwarm(const Problem& problem, PsoSettings settings, uint64_t seed)
    : problem_(problem), settings_(settings), seed_(seed) {
  Random random(seed_, 0);
  own_best_ = RandomPopulation(problem_, settings_.population, random);
  position_ = own_best_.x;
  for (size_t i = 0; i < position_.size(); ++i) {
    const size_t d = i % own_best_.dimensions;
    const double target = random.Uniform(problem_.low(d), problem_.high(d));
    speed_.push_back((target - position_[i]) / 2);
  }
}

size_t ParticleSwarm::Leader(size_t particle) const {
  const size_t size = own_best_.size();
  size_t best = particle;
  auto consider = [&](size_t other) {
    if (own_best_.f[other] < own_best_.f[best]) best = other;
  };
  if (settings_.ring) {
    consider((particle + 1) % size);
    consider((particle + size - 1) % size);
  } else {
    for (size_t other = 0; other < size; ++other) consider(other);
  }
  return best;
}

// Moves copies: asking twice gives the same candidates, since a step may have to be repeated.
size_t ParticleSwarm::Ask(std::vector<double>& x) {
  next_position_ = position_;
  next_speed_ = speed_;
  if (own_best_.evaluated()) {
    const size_t dimensions = own_best_.dimensions;
    Random random(seed_, progress_.generation);
    const size_t swarm_leader = settings_.ring ? 0 : Leader(0);
    for (size_t i = 0; i < own_best_.size(); ++i) {
      const auto mine = own_best_.point(i), leader = own_best_.point(settings_.ring ? Leader(i) : swarm_leader);
      for (size_t d = 0; d < dimensions; ++d) {
        double& position = next_position_[i * dimensions + d];
        double& speed = next_speed_[i * dimensions + d];
        const double low = problem_.low(d), high = problem_.high(d), most = settings_.max_speed * (high - low);
        speed = settings_.inertia * speed + settings_.cognitive * random.Uniform() * (mine[d] - position) +
                settings_.social * random.Uniform() * (leader[d] - position);
        speed = std::clamp(speed, -most, most);
        position += speed;
        if (position < low || position > high) {  // absorbed by the wall
          position = std::clamp(position, low, high);
          speed = 0;
        }
      }
    }
  }
  x = next_position_;
  return own_best_.size();
}

void ParticleSwarm::Tell(std::span<const double> x, std::span<const double> f) {
  progress_.Note(x, f, own_best_.dimensions);
  position_ = next_position_;
  speed_ = next_speed_;
  const bool first = !own_best_.evaluated();
  if (first) own_best_.f.resize(f.size());
  for (size_t i = 0; i < f.size(); ++i) {
    if (!first && !(Finite(f[i]) < own_best_.f[i])) continue;
    own_best_.f[i] = Finite(f[i]);
    std::copy_n(x.begin() + static_cast<ptrdiff_t>(i * own_best_.dimensions), own_best_.dimensions,
                own_best_.point(i).begin());
  }
  ++progress_.generation;
}

Bundle ParticleSwarm::Save() const {
  Bundle bundle;
  SavePopulation(own_best_, progress_, bundle);
  bundle.SetDoubles("position", position_);
  bundle.SetDoubles("speed", speed_);
  return bundle;
}

Status ParticleSwarm::Load(const Bundle& bundle) {
  RETURN_IF_ERROR(LoadPopulation(bundle, own_best_, progress_));
  ASSIGN_OR_RETURN(position_, bundle.Doubles("position"));
  ASSIGN_OR_RETURN(speed_, bundle.Doubles("speed"));
  if (position_.size() != own_best_.x.size() || speed_.size() != own_best_.x.size()) {
    return Status(Code::kCorruption, "the saved positions do not fit the swarm");
  }
  return Status::Ok();
}

}  // namespace tusk::ml
