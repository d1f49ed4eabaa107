// The fields of each kind of submission, for the page.
#include <array>

#include "yarn_like/resourcemanager/console/submit_command.h"

namespace tusk::yarn {
namespace {

using web::JsonArray;
using web::JsonObject;

struct Field {
  const char* name;
  const char* label;
  const char* type;
  bool required;
  const char* help;
  const char* otherwise = "";   // default; "": none
  const char* choices = "";     // comma-separated
  const char* only = "";        // programs, comma-separated
  bool advanced = false;
};

constexpr Field kProgram[] = {
    {"program", "Program", "choice", true, "One of the programs that come with tusk.", "wordcount",
     "wordcount,grep,pi,teragen,terasort,teravalidate"},
    {"input", "Input", "paths", true, "Files or folders on the DFS.", "", "", "wordcount,grep,terasort,teravalidate"},
    {"output", "Output", "path", true, "A folder that does not exist yet.", "", "", "wordcount,grep,teragen,terasort,teravalidate"},
    {"regex", "Expression", "text", true, "What to search for.", "", "", "grep"},
    {"group", "Group", "number", false, "Which group of the expression is counted.", "", "", "grep", true},
    {"maps", "Maps", "number", true, "How many map tasks.", "4", "", "pi"},
    {"samples", "Samples", "number", true, "Of each map.", "100000", "", "pi"},
    {"rows", "Rows", "number", true, "Of 100 bytes each.", "1000000", "", "teragen"},
    {"reducers", "Reducers", "number", false, "How many reduce tasks.", "", "", "wordcount,terasort", true},
};
constexpr Field kStreaming[] = {
    {"input", "Input", "paths", true, "Files or folders on the DFS."},
    {"output", "Output", "path", true, "A folder that does not exist yet."},
    {"mapper", "Mapper", "text", true, "Command that reads lines and prints key, tab, value.", "cat"},
    {"reducer", "Reducer", "text", false, "Command, aggregate, or NONE for no reduce phase."},
    {"combiner", "Combiner", "text", false, "Command.", "", "", "", true},
    {"files", "Files", "paths", false, "On the DFS; put into the folder of each task, for example the mapper's script."},
    {"reducers", "Reducers", "number", false, "How many reduce tasks."},
    {"inputFormat", "Input format", "choice", false, "How input becomes records.", "",
     "TextInputFormat,KeyValueTextInputFormat,SequenceFileInputFormat,SequenceFileAsTextInputFormat,NLineInputFormat", "", true},
    {"outputFormat", "Output format", "choice", false, "What is written.", "", "TextOutputFormat,SequenceFileOutputFormat,NullOutputFormat",
     "", true},
    {"environment", "Environment", "map", false, "Variables of the commands.", "", "", "", true},
};
constexpr Field kMl[] = {
    {"algorithm", "Algorithm", "choice", true, "What learns."},
    {"input", "Data", "paths", true, "CSV, LIBSVM, IDX or .npy on the DFS, gzip or not."},
    {"output", "Model", "path", true, "Where the model goes."},
    {"test", "Test data", "path", false, "Evaluated in the end."},
    {"label", "Label", "text", false, "Column's name or number."},
    {"task", "Task", "choice", false, "By algorithm and labels where it is not said.", "", "classification,regression", "", true},
    {"format", "Format", "choice", false, "By content where it is not said.", "", "auto,csv,libsvm,idx,npy", "", true},
    {"settings", "Settings", "map", false, "Of the algorithm: learning_rate, epochs, …"},
    {"seed", "Seed", "number", false, "Same seed, same bits.", "1", "", "", true},
    {"checkpointEvery", "Checkpoint every", "number", false, "Steps.", "", "", "", true},
    {"resume", "Resume", "boolean", false, "From the newest checkpoint.", "", "", "", true},
    {"workersMin", "Workers at least", "number", false, "It begins with so many if no more are granted.", "", "", "", true},
    {"waitSeconds", "Wait", "number", false, "Seconds, for all workers to be granted.", "300", "", "", true},
};
constexpr Field kQuant[] = {
    {"input", "Model", "path", true, "GGUF or safetensors file, or a Hugging Face folder, on the DFS."},
    {"output", "Output", "path", true, "The file that is written."},
    {"type", "Type", "choice", true, "Of most tensors.", "Q4_K_M"},
    {"imatrix", "Importance", "path", false, "llama-imatrix's file.", "", "", "", true},
    {"exclude", "Exclude", "list", false, "Patterns of tensors that stay as they are.", "", "", "", true},
    {"tensorTypes", "Types by name", "map", false, "Pattern to type.", "", "", "", true},
    {"outputTensorType", "Type of the output tensor", "text", false, "", "", "", "", true},
    {"tokenEmbeddingType", "Type of the embeddings", "text", false, "", "", "", "", true},
    {"budget", "Budget", "text", false, "Choose types by measured error, the file at most so large: 800M, 1.5G.", "", "", "", true},
    {"pure", "Pure", "boolean", false, "The one type everywhere.", "", "", "", true},
    {"allowRequantize", "Allow requantizing", "boolean", false, "Of what is quantized already.", "", "", "", true},
    {"restart", "Restart", "boolean", false, "Anew, where an interrupted job could be gone on with.", "", "", "", true},
};
constexpr Field kContainers[] = {
    {"workers", "Workers", "number", false, "Containers.", "2"},
    {"gpus", "GPUs", "number", false, "Of each worker.", "", "", "", true},
    {"vcores", "Cores", "number", false, "Of each worker.", "", "", "", true},
    {"memoryMb", "Memory", "number", false, "MiB, of each worker.", "", "", "", true},
};
constexpr Field kProperties[] = {
    {"properties", "Settings", "map", false, "mapreduce.map.memory.mb, mapreduce.job.maps, …", "", "", "", true},
};
constexpr Field kJob[] = {
    {"queue", "Queue", "text", false, "", "default", "", "", true},
    {"name", "Name", "text", false, "Of the job.", "", "", "", true},
};

void AddChoices(std::string_view list, JsonArray& choices) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    choices.Add(JsonObject().Set("value", list.substr(0, comma)).Set("summary", ""));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

template <size_t N>
void AddFields(const Field (&fields)[N], const std::vector<SubmitChoice>& special, std::string_view special_name, JsonArray& list) {
  for (const Field& field : fields) {
    JsonArray choices, only;
    AddChoices(field.choices, choices);
    if (field.name == special_name) {
      for (const SubmitChoice& choice : special) choices.Add(JsonObject().Set("value", choice.value).Set("summary", choice.summary));
    }
    for (std::string_view rest = field.only; !rest.empty();) {
      const size_t comma = std::min(rest.find(','), rest.size());
      only.Add(rest.substr(0, comma));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    const std::string_view otherwise = field.otherwise;
    JsonObject json;
    json.Set("name", field.name).Set("label", field.label).Set("type", field.type).Set("required", field.required);
    json.SetJson("choices", choices.Done()).Set("default", otherwise.empty() ? std::nullopt : std::optional(std::string(otherwise)));
    list.Add(json.Set("help", field.help).SetJson("only", only.Done()).Set("advanced", field.advanced));
  }
}

JsonObject KindJson(const char* kind, const char* title, const char* summary, const JsonArray& fields) {
  return JsonObject().Set("kind", kind).Set("title", title).Set("summary", summary).SetJson("fields", fields.Done());
}

}  // namespace

std::string SubmitFormsJson(const SubmitContext& context) {
  JsonArray program, streaming, ml, quant, kinds;
  AddFields(kProgram, {}, "", program);
  AddFields(kStreaming, {}, "", streaming);
  AddFields(kMl, context.ml_algorithms, "algorithm", ml);
  AddFields(kQuant, context.quant_types, "type", quant);
  for (JsonArray* list : {&program, &streaming}) AddFields(kProperties, {}, "", *list);
  for (JsonArray* list : {&ml, &quant}) AddFields(kContainers, {}, "", *list);
  for (JsonArray* list : {&program, &streaming, &ml, &quant}) AddFields(kJob, {}, "", *list);
  kinds.Add(KindJson("program", "MapReduce program", "A program that comes with tusk.", program));
  kinds.Add(KindJson("streaming", "Streaming", "Any program as mapper and reducer.", streaming));
  kinds.Add(KindJson("ml", "Machine learning", "Train a model on the cluster.", ml));
  kinds.Add(KindJson("quant", "Quantization", "Quantize a model on the cluster.", quant));
  return JsonObject().SetJson("kinds", kinds.Done()).Done();
}

}  // namespace tusk::yarn
