// The C ABI as another language calls it.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "mlkit/catalog/catalog.h"
#include "mlkit/quantized/quantized_model.h"

#include "mlkit/capi/tusk_ml.h"

namespace {

std::string Taken(char* text) {
  std::string copy = text == nullptr ? "" : text;
  tusk_ml_free_text(text);
  return copy;
}

struct Points {
  std::vector<float> x, y;
  tusk_ml_rows rows{};
  Points() {
    for (int i = 0; i < 200; ++i) {
      x.push_back(static_cast<float>(i % 17) - 8);
      x.push_back(static_cast<float>(i % 5) - 2);
      y.push_back(x[2 * i] + 2 * x[2 * i + 1] > 0.5F ? 1 : 0);
    }
    rows = {200, 2, x.data(), nullptr, nullptr};
  }
};

TEST(CapiTest, TrainsPredictsSavesAndLoads) {
  Points points;
  tusk_ml_training training{"logistic", "l2=0.001\n", 1, 1, 2, nullptr, nullptr};
  tusk_ml_model* model = nullptr;
  ASSERT_EQ(Taken(tusk_ml_train(&training, &points.rows, points.y.data(), nullptr, &model)), "");
  EXPECT_EQ(tusk_ml_columns(model), 2U);
  std::vector<float> predicted(200), probabilities(400);
  ASSERT_EQ(Taken(tusk_ml_predict(model, &points.rows, predicted.data())), "");
  EXPECT_EQ(predicted, points.y);
  ASSERT_EQ(Taken(tusk_ml_probabilities(model, &points.rows, probabilities.data())), "");
  for (int i = 0; i < 200; ++i) EXPECT_NEAR(probabilities[2 * i] + probabilities[2 * i + 1], 1, 1e-6);
  uint8_t* bytes = nullptr;
  size_t size = 0;
  ASSERT_EQ(Taken(tusk_ml_save(model, &bytes, &size)), "");
  tusk_ml_model* loaded = nullptr;
  ASSERT_EQ(Taken(tusk_ml_load(bytes, size, &loaded)), "");
  EXPECT_EQ(Taken(tusk_ml_describe(loaded)), Taken(tusk_ml_describe(model)));
  EXPECT_NE(Taken(tusk_ml_load(bytes, size - 1, &loaded)), "");
  tusk_ml_free_bytes(bytes);
  tusk_ml_free(model);
  tusk_ml_free(loaded);
}

TEST(CapiTest, LoadsModelsInInt8) {
  Points points;
  for (const char* algorithm : {"logistic", "svm", "mlp"}) {
    tusk_ml_training training{algorithm, "", 1, 1, 2, nullptr, nullptr};
    tusk_ml_model* model = nullptr;
    ASSERT_EQ(Taken(tusk_ml_train(&training, &points.rows, points.y.data(), nullptr, &model)), "") << algorithm;
    uint8_t* bytes = nullptr;
    size_t size = 0;
    ASSERT_EQ(Taken(tusk_ml_save(model, &bytes, &size)), "");
    const auto original = tusk::ml::LoadModel(tusk::ml::Bundle::Decode({bytes, size}, "m").value());
    ASSERT_TRUE(original.ok());
    tusk_ml_free_bytes(bytes);
    const std::vector<uint8_t> small = tusk::ml::QuantizeToInt8(**original, nullptr).value()->Save().Encode();
    tusk_ml_model* loaded = nullptr;
    ASSERT_EQ(Taken(tusk_ml_load(small.data(), small.size(), &loaded)), "") << algorithm;
    EXPECT_NE(Taken(tusk_ml_describe(loaded)).find("int8"), std::string::npos);
    std::vector<float> predicted(200), before(200);
    ASSERT_EQ(Taken(tusk_ml_predict(model, &points.rows, before.data())), "");
    ASSERT_EQ(Taken(tusk_ml_predict(loaded, &points.rows, predicted.data())), "");
    int same = 0;
    for (int i = 0; i < 200; ++i) same += predicted[i] == before[i] ? 1 : 0;
    EXPECT_GE(same, 196) << algorithm;
    EXPECT_EQ(tusk_ml_columns(loaded), 2U);
    ASSERT_EQ(Taken(tusk_ml_save(loaded, &bytes, &size)), "");
    EXPECT_EQ(std::vector<uint8_t>(bytes, bytes + size), small);
    tusk_ml_free_bytes(bytes);
    tusk_ml_free(model);
    tusk_ml_free(loaded);
  }
}

TEST(CapiTest, LearnsBlockByBlock) {
  Points points;
  for (const char* algorithm : {"logistic", "svm", "mlp"}) {
    tusk_ml_training training{algorithm, "learning_rate=0.05\nbatch=20\n", 1, 1, 2, nullptr, nullptr};
    tusk_ml_online* online = nullptr;
    for (int i = 0; i < 30; ++i) {
      ASSERT_EQ(Taken(tusk_ml_partial_fit(&training, &points.rows, points.y.data(), nullptr, &online)), "") << algorithm;
    }
    tusk_ml_model* model = nullptr;
    ASSERT_EQ(Taken(tusk_ml_online_model(online, &model)), "");
    std::vector<float> predicted(200);
    ASSERT_EQ(Taken(tusk_ml_predict(model, &points.rows, predicted.data())), "");
    int right = 0;
    for (int i = 0; i < 200; ++i) right += predicted[i] == points.y[i] ? 1 : 0;
    EXPECT_GT(right, 180) << algorithm;
    tusk_ml_free(model);
    tusk_ml_free_online(online);
  }
  tusk_ml_training forest{"forest", nullptr, 1, 1, 2, nullptr, nullptr};
  tusk_ml_online* none = nullptr;
  EXPECT_NE(Taken(tusk_ml_partial_fit(&forest, &points.rows, points.y.data(), nullptr, &none)).find("not for forest"), std::string::npos);
  EXPECT_EQ(none, nullptr);
}

TEST(CapiTest, ErrorsAreMessages) {
  Points points;
  tusk_ml_model* model = nullptr;
  tusk_ml_training training{"logistics", nullptr, 1, 1, 2, nullptr, nullptr};
  EXPECT_NE(Taken(tusk_ml_train(&training, &points.rows, points.y.data(), nullptr, &model)).find("no algorithm 'logistics'"),
            std::string::npos);
  training = {"logistic", "l3=1", 1, 1, 2, nullptr, nullptr};
  EXPECT_NE(Taken(tusk_ml_train(&training, &points.rows, points.y.data(), nullptr, &model)).find("unknown setting 'l3'"),
            std::string::npos);
  training = {"logistic", nullptr, 1, 1, 2, [](uint64_t, double, void*) { return 1; }, nullptr};
  EXPECT_NE(Taken(tusk_ml_train(&training, &points.rows, points.y.data(), nullptr, &model)).find("stopped by the caller"),
            std::string::npos);
}

TEST(CapiTest, MinimizesACallback) {
  const std::vector<double> low(3, -5), high(3, 5);
  tusk_ml_search search{"de", "generations=200\npopulation=30", 1, 3, 1, low.data(), high.data(), 0,
                        [](const double* x, size_t count, double* f, void*) {
                          for (size_t i = 0; i < count; ++i) {
                            f[i] = 0;
                            for (int d = 0; d < 3; ++d) f[i] += (x[3 * i + d] - 1) * (x[3 * i + d] - 1);
                          }
                          return 0;
                        },
                        nullptr};
  double x[3], f;
  size_t found = 0;
  uint64_t evaluations = 0;
  ASSERT_EQ(Taken(tusk_ml_minimize(&search, 1, x, &f, &found, &evaluations)), "");
  EXPECT_EQ(found, 1U);
  EXPECT_EQ(evaluations, 6000U);
  EXPECT_NEAR(x[2], 1, 1e-4);
  EXPECT_LT(f, 1e-7);
}

}  // namespace
