// What all models share: decisions from scores, the schema as JSON, and the texts that begin every model file.
#include "mlkit/api/model.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace tusk::ml {
namespace {

constexpr const char* kFormat = "tusk.model";
constexpr uint64_t kColumnsMax = uint64_t{1} << 32;
constexpr uint64_t kCategoricalColumnsMax = uint64_t{1} << 24;  // their flags are a vector
constexpr uint64_t kClassesMax = uint64_t{1} << 24;             // exact as float

Status Bad(const std::string& why) { return Status(Code::kCorruption, "schema: " + why); }

Result<uint64_t> ReadNumber(const nlohmann::json& json, const char* name, uint64_t max) {
  const auto it = json.find(name);
  if (it == json.end() || !it->is_number_unsigned()) return Bad(std::string(name) + " is missing or no number");
  const auto value = it->get<uint64_t>();
  if (value > max) return Bad(std::string(name) + "=" + std::to_string(value) + " is more than " + std::to_string(max));
  return value;
}

Result<std::vector<std::string>> ReadTexts(const nlohmann::json& json, const std::string& name) {
  if (!json.is_array()) return Bad(name + " is not a list");
  std::vector<std::string> texts;
  for (const auto& text : json) {
    if (!text.is_string()) return Bad(name + " is not a list of texts");
    texts.push_back(text.get<std::string>());
  }
  return texts;
}

Result<std::vector<std::string>> ReadTextsOf(const nlohmann::json& json, const char* name, size_t count) {
  const auto it = json.find(name);
  if (it == json.end()) return std::vector<std::string>();
  ASSIGN_OR_RETURN(std::vector<std::string> texts, ReadTexts(*it, name));
  if (!texts.empty() && texts.size() != count) {
    return Bad(std::string(name) + " has " + std::to_string(texts.size()) + " entries instead of " + std::to_string(count));
  }
  return texts;
}

// "categorical": column numbers; "categories": the texts of those columns that have some, by column number as text.
Status ReadCategorical(const nlohmann::json& json, Schema& schema) {
  const auto numbers = json.find("categorical");
  if (numbers == json.end()) return Status::Ok();
  if (!numbers->is_array()) return Bad("categorical is not a list");
  if (schema.columns > kCategoricalColumnsMax) return Bad("too many columns for categorical ones");
  schema.categorical.assign(schema.columns, false);
  for (const auto& number : *numbers) {
    if (!number.is_number_unsigned() || number.get<uint64_t>() >= schema.columns) {
      return Bad("categorical names a column that is none");
    }
    schema.categorical[number.get<uint64_t>()] = true;
  }
  const auto categories = json.find("categories");
  if (categories == json.end()) return Status::Ok();
  if (!categories->is_object()) return Bad("categories is not an object");
  schema.categories.resize(schema.columns);
  for (const auto& [name, texts] : categories->items()) {
    size_t column = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), column);
    if (error != std::errc() || end != name.data() + name.size() || column >= schema.columns) {
      return Bad("categories names a column that is none");
    }
    ASSIGN_OR_RETURN(schema.categories[column], ReadTexts(texts, "categories." + name));
  }
  return Status::Ok();
}

}  // namespace

Status Predict(const Model& model, const Block& block, std::span<float> out) {
  if (out.size() != block.rows) return Status(Code::kInternal, "Predict: the output has not one place per row");
  const size_t outputs = model.outputs();
  if (outputs == 1) {
    RETURN_IF_ERROR(model.Scores(block, out));
    if (model.schema().classes > 0) {
      for (float& value : out) value = value > 0 ? 1.0F : 0.0F;
    }
    return Status::Ok();
  }
  std::vector<float> scores(block.rows * outputs);
  RETURN_IF_ERROR(model.Scores(block, scores));
  for (size_t row = 0; row < block.rows; ++row) {
    const float* values = scores.data() + row * outputs;
    size_t best = 0;
    for (size_t i = 1; i < outputs; ++i) {
      if (values[i] > values[best]) best = i;
    }
    out[row] = static_cast<float>(best);
  }
  return Status::Ok();
}

std::string EncodeSchema(const Schema& schema) {
  nlohmann::json json = {{"rows", schema.rows},
                         {"columns", schema.columns},
                         {"sparse", schema.sparse},
                         {"classes", schema.classes}};
  if (!schema.class_labels.empty()) json["class_labels"] = schema.class_labels;
  if (!schema.column_names.empty()) json["column_names"] = schema.column_names;
  if (!schema.label_name.empty()) json["label_name"] = schema.label_name;
  if (schema.first_index != 1) json["first_index"] = schema.first_index;
  if (!schema.categorical.empty()) {
    nlohmann::json numbers = nlohmann::json::array();
    for (size_t column = 0; column < schema.categorical.size(); ++column) {
      if (schema.categorical[column]) numbers.push_back(column);
    }
    json["categorical"] = std::move(numbers);
  }
  if (!schema.categories.empty()) {
    nlohmann::json categories = nlohmann::json::object();
    for (size_t column = 0; column < schema.categories.size(); ++column) {
      if (!schema.categories[column].empty()) categories[std::to_string(column)] = schema.categories[column];
    }
    json["categories"] = std::move(categories);
  }
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<Schema> DecodeSchema(std::string_view text) {
  bool deep = false;
  const nlohmann::json json = nlohmann::json::parse(
      text,
      [&deep](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
        if (depth > 3) deep = true;
        return !deep;
      },
      false);
  if (deep || !json.is_object()) return Bad("not a JSON object");
  Schema schema;
  ASSIGN_OR_RETURN(schema.rows, ReadNumber(json, "rows", UINT64_MAX));
  ASSIGN_OR_RETURN(schema.columns, ReadNumber(json, "columns", kColumnsMax));
  ASSIGN_OR_RETURN(schema.classes, ReadNumber(json, "classes", kClassesMax));
  const auto sparse = json.find("sparse");
  if (sparse == json.end() || !sparse->is_boolean()) return Bad("sparse is missing or neither true nor false");
  schema.sparse = sparse->get<bool>();
  ASSIGN_OR_RETURN(schema.class_labels, ReadTextsOf(json, "class_labels", schema.classes));
  ASSIGN_OR_RETURN(schema.column_names, ReadTextsOf(json, "column_names", schema.columns));
  if (const auto label = json.find("label_name"); label != json.end()) {
    if (!label->is_string()) return Bad("label_name is not a text");
    schema.label_name = label->get<std::string>();
  }
  if (json.contains("first_index")) {
    ASSIGN_OR_RETURN(const uint64_t first, ReadNumber(json, "first_index", 1));
    schema.first_index = static_cast<uint32_t>(first);
  }
  RETURN_IF_ERROR(ReadCategorical(json, schema));
  return schema;
}

void SetModelTexts(Bundle& bundle, const std::string& algorithm, const Schema& schema) {
  bundle.SetText("format", kFormat);
  bundle.SetText("version", std::to_string(kModelVersion));
  bundle.SetText("algorithm", algorithm);
  bundle.SetText("schema", EncodeSchema(schema));
}

Status CheckModelTexts(const Bundle& bundle) {
  const Result<std::string> format = bundle.Text("format");
  if (!format.ok() || *format != kFormat) return Status(Code::kInvalidArgument, "not a model of tusk");
  ASSIGN_OR_RETURN(const std::string text, bundle.Text("version"));
  int version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error != std::errc() || end != text.data() + text.size() || version < 1) {
    return Status(Code::kCorruption, "the model's version '" + text.substr(0, 32) + "' is no number");
  }
  if (version > kModelVersion) {
    return Status(Code::kUnsupported, "the model is of version " + std::to_string(version) + ", this tusk reads up to " +
                                          std::to_string(kModelVersion));
  }
  return Status::Ok();
}

Result<Schema> ModelSchema(const Bundle& bundle) {
  ASSIGN_OR_RETURN(const std::string text, bundle.Text("schema"));
  return DecodeSchema(text);
}

}  // namespace tusk::ml
