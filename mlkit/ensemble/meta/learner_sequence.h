// LearnerSequence: an algorithm that trains other learners one after the other on rows made from its own. A step is a
// step of the learner that is being trained, or the end of one; so a lost worker costs one such step.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mlkit/ensemble/meta/meta.h"

namespace tusk::ml {

class LearnerSequence : public Algorithm {
 public:
  LearnerSequence(LearnerCatalog catalog, Schema schema) : catalog_(std::move(catalog)), schema_(std::move(schema)) {}

  bool AllowsMissing() const override { return allows_missing_; }
  Status Start(WorkerContext& context, const Bundle* state) final;
  Status ShardsChanged(WorkerContext& context) final;
  Result<StepReport> Step(WorkerContext& context) final;
  Bundle SaveState() const final;

 protected:
  // How many learners are planned, and the learner number `job`.
  virtual size_t Jobs() const = 0;
  virtual const LearnerSpec& SpecOf(size_t job) const = 0;
  virtual Schema SchemaOf(size_t) const { return schema_; }
  // The rows that learner `job` sees of a shard; models() of the learners before it are there.
  virtual Result<Block> RowsOf(const WorkerContext& context, size_t job, const OwnedShard& shard) = 0;
  // All ranks together, once learner models().size() is trained; may communicate, and changes the own state only after
  // that. False: the model is not kept and nothing is trained any more.
  virtual Result<bool> Trained(WorkerContext&, const Model&) { return true; }
  virtual void Forget() {}                            // what was kept of shards
  virtual void SaveMore(Bundle&) const {}
  virtual Status LoadMore(const Bundle&) { return Status::Ok(); }

  const LearnerCatalog& catalog() const { return catalog_; }
  const Schema& schema() const { return schema_; }
  const std::vector<std::shared_ptr<const Model>>& models() const { return models_; }
  void set_allows_missing(bool allows) { allows_missing_ = allows; }

 private:
  Result<std::unique_ptr<Algorithm>> Make() const { return MakeLearner(catalog_, SpecOf(models_.size()), SchemaOf(models_.size())); }
  Status MakeInnerContext(WorkerContext& context);
  Status BeginInner(WorkerContext& context);
  StepReport Report(StepReport inner) const;

  const LearnerCatalog catalog_;
  const Schema schema_;
  bool allows_missing_ = false;

  std::vector<std::shared_ptr<const Model>> models_;
  bool stopped_ = false;
  // The learner in training. Not begun before the first of its steps is complete on this rank.
  std::unique_ptr<Algorithm> inner_;
  bool inner_begun_ = false, inner_finished_ = false;
  Schema inner_schema_;
  WorkerContext inner_context_;
};

}  // namespace tusk::ml
