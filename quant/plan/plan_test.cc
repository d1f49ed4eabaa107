// Models, mixes, budgets and units, on models in memory.
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <numeric>

#include "quant/plan/budget.h"
#include "quant/plan/quant_plan.h"

namespace tusk::quant {
namespace {

// A model whose tensors lie in one buffer, F32, weights counting up.
struct MemoryModel {
  std::vector<uint8_t> bytes;
  Model model;

  void Add(const std::string& name, std::vector<uint64_t> dims, uint32_t heads = 0) {
    ModelTensor tensor{.name = name, .dims = std::move(dims), .pieces = {}, .interleaved_heads = heads, .made = {}};
    tensor.pieces.push_back({0, bytes.size(), tensor.rows()});
    for (uint64_t i = 0; i < tensor.weights(); ++i) {
      const auto value = static_cast<float>(i % 1000);
      const auto* raw = reinterpret_cast<const uint8_t*>(&value);
      bytes.insert(bytes.end(), raw, raw + sizeof(value));
    }
    model.tensors.push_back(std::move(tensor));
  }
  void Finish(const std::string& architecture = "llama", uint32_t layers = 1) {
    model.metadata.emplace_back("general.architecture", GgufValue::String(architecture));
    model.metadata.emplace_back(architecture + ".block_count", GgufValue::U32(layers));
    model.files = {std::make_shared<MemoryRanges>("memory", bytes)};
    SortTensors(model.tensors);
  }
  const ModelTensor& Named(const std::string& name) const {
    for (const ModelTensor& tensor : model.tensors) {
      if (tensor.name == name) return tensor;
    }
    ADD_FAILURE() << name;
    return model.tensors[0];
  }
};

std::vector<float> Floats(const MemoryModel& memory, const std::string& name, uint64_t first, uint64_t rows) {
  const ModelTensor& tensor = memory.Named(name);
  std::vector<float> out(rows * tensor.columns());
  const Status status = ReadRows(memory.model, tensor, first, rows, {reinterpret_cast<uint8_t*>(out.data()), out.size() * sizeof(float)});
  EXPECT_TRUE(status.ok()) << status.ToString();
  return out;
}

TEST(ModelTest, TensorsAreSortedByLayerThenName) {
  MemoryModel memory;
  for (const char* name : {"blk.10.a", "blk.2.b", "blk.2.a", "token_embd.weight", "output.weight"}) memory.Add(name, {1});
  memory.Finish();
  std::string order;
  for (const ModelTensor& tensor : memory.model.tensors) order += tensor.name + " ";
  EXPECT_EQ(order, "output.weight token_embd.weight blk.2.a blk.2.b blk.10.a ");
}

TEST(ModelTest, RotatedHalvesAreInterleavedWhateverRowsAreAskedFor) {
  MemoryModel memory;
  memory.Add("blk.0.attn_q.weight", {1, 12}, 2);  // two heads of six rows; row r holds r
  memory.Add("blk.0.attn_q.bias", {12}, 2);
  memory.Finish();
  const std::vector<float> whole = {0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11};
  EXPECT_EQ(Floats(memory, "blk.0.attn_q.weight", 0, 12), whole);
  EXPECT_EQ(Floats(memory, "blk.0.attn_q.bias", 0, 1), whole);
  for (uint64_t first = 0; first < 12; ++first) {
    for (uint64_t rows = 0; rows <= 12 - first; ++rows) {
      const std::vector<float> part(whole.begin() + static_cast<ptrdiff_t>(first), whole.begin() + static_cast<ptrdiff_t>(first + rows));
      ASSERT_EQ(Floats(memory, "blk.0.attn_q.weight", first, rows), part) << first << " " << rows;
    }
  }
}

TEST(ModelTest, RowsComeOutOfPieces) {
  MemoryModel memory;
  memory.Add("a", {2, 4});
  memory.Finish();
  ModelTensor& tensor = memory.model.tensors[0];
  tensor.pieces = {{0, 16, 2}, {0, 0, 1}, {0, 8, 1}};  // rows 2, 3, 0, 1
  EXPECT_EQ(Floats(memory, "a", 1, 2), (std::vector<float>{6, 7, 0, 1}));
  EXPECT_EQ(Floats(memory, "a", 0, 4), (std::vector<float>{4, 5, 6, 7, 0, 1, 2, 3}));
  std::vector<uint8_t> out(8);
  EXPECT_FALSE(ReadRows(memory.model, tensor, 4, 1, out).ok());
}

TEST(MixTest, NamesAndAliases) {
  EXPECT_EQ(MixByName("q4_k")->mix, Mix::kQ4_K_M);
  EXPECT_EQ(MixByName("Q3_K_L")->mix, Mix::kQ3_K_L);
  EXPECT_EQ(MixByName("mxfp4_moe")->type, TensorType::kMXFP4);
  EXPECT_EQ(MixByName("Q4"), nullptr);
}

// The types of a model of `layers` layers under a mix, by name.
std::map<std::string, TensorType> TypesOf(const std::string& mix, uint32_t layers, uint32_t heads, uint32_t kv_heads, uint32_t experts) {
  MemoryModel memory;
  for (const char* name : {"output.weight", "token_embd.weight"}) memory.Add(name, {256, 1});
  for (uint32_t i = 0; i < layers; ++i) {
    const std::string at = "blk." + std::to_string(i) + ".";
    for (const char* part : {"attn_k", "attn_q", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down", "ffn_gate_inp"}) {
      memory.Add(at + part + ".weight", {256, 1 + (experts > 0 ? 1U : 0U)});
    }
    memory.Add(at + "attn_norm.weight", {256});
  }
  memory.Finish("llama", layers);
  memory.model.metadata.emplace_back("llama.attention.head_count", GgufValue::U32(heads));
  memory.model.metadata.emplace_back("llama.attention.head_count_kv", GgufValue::U32(kv_heads));
  if (experts > 0) memory.model.metadata.emplace_back("llama.expert_count", GgufValue::U32(experts));
  QuantSettings settings;
  settings.mix = MixByName(mix)->mix;
  const Result<QuantPlan> plan = MakePlan(memory.model, settings, nullptr);
  EXPECT_TRUE(plan.ok()) << plan.status().ToString();
  std::map<std::string, TensorType> types;
  for (const GgufTensor& tensor : plan->header.tensors) types[tensor.name] = tensor.type;
  return types;
}

TEST(MixTest, MoreBitsForTheFirstAndLastEighthAndEveryThirdLayer) {
  auto types = TypesOf("Q4_K_M", 16, 8, 8, 0);
  std::string raised;
  for (int i = 0; i < 16; ++i) {
    const bool value = types["blk." + std::to_string(i) + ".attn_v.weight"] == TensorType::kQ6_K;
    EXPECT_EQ(value, types["blk." + std::to_string(i) + ".ffn_down.weight"] == TensorType::kQ6_K);
    raised += value ? '1' : '0';
  }
  EXPECT_EQ(raised, "1100100100100111");
  EXPECT_EQ(types["output.weight"], TensorType::kQ6_K);
  EXPECT_EQ(types["token_embd.weight"], TensorType::kQ4_K);
  EXPECT_EQ(types["blk.0.attn_norm.weight"], TensorType::kF32);
  EXPECT_EQ(types["blk.0.ffn_gate_inp.weight"], TensorType::kF32);
}

TEST(MixTest, SeventyBillionAndEightExpertsHaveTheirOwnRules) {
  EXPECT_EQ(TypesOf("Q4_K_M", 80, 64, 8, 0)["blk.12.attn_v.weight"], TensorType::kQ6_K);
  EXPECT_EQ(TypesOf("Q4_K_M", 80, 64, 8, 0)["blk.10.attn_v.weight"], TensorType::kQ5_K);
  EXPECT_EQ(TypesOf("Q4_K_M", 80, 64, 64, 0)["blk.10.attn_v.weight"], TensorType::kQ4_K);
  auto experts = TypesOf("Q4_K_M", 4, 8, 2, 8);
  EXPECT_EQ(experts["blk.1.attn_v.weight"], TensorType::kQ8_0);
  EXPECT_EQ(experts["blk.1.attn_k.weight"], TensorType::kQ8_0);
  EXPECT_EQ(experts["blk.1.attn_output.weight"], TensorType::kQ5_K);
}

TEST(MixTest, FallbacksForRowsThatBlocksDontDivide) {
  EXPECT_EQ(FallbackFor(TensorType::kQ4_K, 256), TensorType::kQ4_K);
  EXPECT_EQ(FallbackFor(TensorType::kQ4_K, 288), TensorType::kQ5_0);
  EXPECT_EQ(FallbackFor(TensorType::kQ6_K, 288), TensorType::kQ8_0);
  EXPECT_EQ(FallbackFor(TensorType::kIQ4_XS, 288), TensorType::kIQ4_NL);
  EXPECT_EQ(FallbackFor(TensorType::kQ3_K, 288), TensorType::kQ4_0);
  EXPECT_EQ(FallbackFor(TensorType::kQ5_K, 40), TensorType::kF16);
  EXPECT_EQ(FallbackFor(TensorType::kQ8_0, 40), TensorType::kF16);
}

TEST(PlanTest, UnitsCoverTheFileOnceAndDontCrossExperts) {
  MemoryModel memory;
  memory.Add("blk.0.ffn_up_exps.weight", {256, 6, 3});
  memory.Add("blk.0.attn_norm.weight", {5});
  memory.Add("output.weight", {256, 7});
  memory.Finish();
  QuantSettings settings;
  settings.mix = Mix::kQ8_0;
  const QuantPlan plan = MakePlan(memory.model, settings, nullptr).value();
  uint64_t at = plan.header_bytes.size();
  for (const WorkUnit& unit : UnitsOf(memory.model, plan, 4 * 256)) {
    EXPECT_EQ(unit.out_offset, at);
    at += unit.out_bytes;
    if (plan.header.tensors[unit.tensor].dims.size() == 3) EXPECT_EQ(unit.first_row / 6, (unit.first_row + unit.rows - 1) / 6);
    EXPECT_LE(unit.rows, 4U);
  }
  EXPECT_EQ(at, plan.output_bytes());
}

TEST(PlanTest, BytesDontDependOnTheSizeOfUnits) {
  MemoryModel memory;
  memory.Add("blk.0.attn_q.weight", {256, 24}, 2);
  memory.Finish();
  QuantSettings settings;
  settings.mix = Mix::kQ5_0;
  const QuantPlan plan = MakePlan(memory.model, settings, nullptr).value();
  std::vector<std::vector<uint8_t>> files;
  for (const uint64_t weights : {256, 1000, 100000}) {
    std::vector<uint8_t> file(plan.output_bytes());
    UnitScratch scratch;
    for (const WorkUnit& unit : UnitsOf(memory.model, plan, weights)) {
      const Status status = RunUnit(memory.model, plan, unit, false, scratch, MutableByteView(file).subspan(unit.out_offset, unit.out_bytes));
      ASSERT_TRUE(status.ok()) << status.ToString();
    }
    files.push_back(std::move(file));
  }
  EXPECT_EQ(files[0], files[1]);
  EXPECT_EQ(files[0], files[2]);
}

TEST(PlanTest, PatternsOverrideAndExclude) {
  MemoryModel memory;
  for (const char* name : {"blk.0.attn_q.weight", "blk.0.attn_k.weight", "blk.0.ffn_up.weight", "output.weight"}) memory.Add(name, {256, 2});
  memory.Finish();
  QuantSettings settings;
  settings.exclude.push_back(TensorPattern::Make("ffn_.*").value());
  settings.types.emplace_back(TensorPattern::Make("attn_[qv]").value(), TensorType::kQ8_0);
  settings.output_type = TensorType::kF16;
  const QuantPlan plan = MakePlan(memory.model, settings, nullptr).value();
  std::map<std::string, TensorType> types;
  for (const GgufTensor& tensor : plan.header.tensors) types[tensor.name] = tensor.type;
  EXPECT_EQ(types["blk.0.attn_q.weight"], TensorType::kQ8_0);
  EXPECT_EQ(types["blk.0.attn_k.weight"], TensorType::kQ4_K);
  EXPECT_EQ(types["blk.0.ffn_up.weight"], TensorType::kF32);
  EXPECT_EQ(types["output.weight"], TensorType::kF16);
  EXPECT_FALSE(TensorPattern::Make("(").ok());
}

TEST(PlanTest, ImportanceOfAnotherSizeIsRefused) {
  MemoryModel memory;
  memory.Add("blk.0.attn_q.weight", {256, 2});
  memory.Finish();
  Imatrix imatrix;
  imatrix.weights["blk.0.attn_q.weight"] = std::vector<float>(255, 1);
  EXPECT_EQ(MakePlan(memory.model, {}, &imatrix).code(), Code::kInvalidArgument);
}

TEST(BudgetTest, AllocationKeepsTheBudgetAndComesNearTheBound) {
  // 40 tensors of different sizes and sensitivities; every option costs bytes and leaves error.
  std::vector<std::vector<SizeError>> options;
  uint64_t smallest = 0, largest = 0;
  for (uint64_t i = 0; i < 40; ++i) {
    const uint64_t size = 100 + i * 37 % 400;
    const double sensitivity = 1.0 + static_cast<double>(i * 29 % 17);
    options.emplace_back();
    for (uint64_t bits = 2; bits <= 8; ++bits) options.back().push_back({size * bits, sensitivity * static_cast<double>(size) / static_cast<double>(1 << (2 * bits))});
    smallest += size * 2;
    largest += size * 8;
  }
  for (uint64_t budget = smallest; budget <= largest; budget += 997) {
    const Result<Allocation> out = Allocate(options, budget);
    ASSERT_TRUE(out.ok());
    EXPECT_LE(out->bytes, budget);
    EXPECT_GE(out->error, out->bound * (1 - 1e-9));
    EXPECT_LE(out->error, out->bound * 1.15 + 1e-9) << budget;
    uint64_t bytes = 0;
    for (size_t i = 0; i < options.size(); ++i) bytes += options[i][out->chosen[i]].bytes;
    EXPECT_EQ(bytes, out->bytes);
  }
  EXPECT_EQ(Allocate(options, smallest - 1).code(), Code::kInvalidArgument);
}

TEST(BudgetTest, OptionsAboveTheHullAreNotChosen) {
  // 30 bytes for an error that 20 bytes already give, and a step that pays only together with the next.
  const std::vector<std::vector<SizeError>> options = {{{10, 9}, {20, 2}, {30, 2}, {25, 1.9}, {40, 0}}};
  EXPECT_EQ(Allocate(options, 30)->bytes, 20U);
  EXPECT_EQ(Allocate(options, 40)->bytes, 40U);
}

}  // namespace
}  // namespace tusk::quant
