// teravalidate: are the rows sorted, within each file and from file to file? Prints the sum of their CRCs.
#include "mapreduce/examples/examples.h"
#include "mapreduce/examples/tera_records.h"

namespace tusk::mapreduce {
namespace {

std::string HexBytes(std::string_view bytes) {
  std::string text;
  BytesWritable::Print(AsBytes(bytes), text);
  return text;
}

class CheckFile : public Mapper<Text, Text, Text, Text> {
 public:
  void Map(std::string_view key, std::string_view value, Context& context) override {
    if (!started_) {
      started_ = true;
      const std::string& path = context.task().input_path();
      name_ = path.substr(path.rfind('/') + 1);
      context.Emit(name_ + ":begin", key);
    } else if (key < last_key_) {
      context.Emit("error", "misorder in " + name_ + " between " + HexBytes(last_key_) + " and " + HexBytes(key));
    }
    checksum_ += TeraCrc(AsBytes(key), AsBytes(value));
    last_key_.assign(key);
  }
  void Cleanup(Context& context) override {
    if (!started_) return;
    context.Emit(name_ + ":end", last_key_);
    context.Emit("checksum", ToHex(checksum_));
  }

 private:
  bool started_ = false;
  std::string name_, last_key_;
  Uint128 checksum_ = 0;
};

class CheckBoundaries : public Reducer<Text, Text, Text, Text> {
 public:
  void Reduce(std::string_view key, Values& values, Context& context) override {
    if (key == "error") {
      for (std::string_view value : values) context.Emit(key, value);
    } else if (key == "checksum") {
      Uint128 sum = 0, one = 0;
      for (std::string_view value : values) {
        if (FromHex(value, one)) sum += one;
      }
      context.Emit(key, ToHex(sum));
    } else {
      std::string_view value;
      values.Next(value);
      if (!first_ && value < last_value_) {
        context.Emit("error", "bad key partitioning:\n  file " + last_key_ + " key " + HexBytes(last_value_) + "\n  file " +
                                  std::string(key) + " key " + HexBytes(value));
      }
      first_ = false;
      last_key_.assign(key);
      last_value_.assign(value);
    }
  }

 private:
  bool first_ = true;
  std::string last_key_, last_value_;
};

Status ConfigureValidate(Job& job, const Arguments& arguments) {
  if (arguments.size() != 2) return Status(Code::kInvalidArgument, "teravalidate <out-dir> <report-dir>");
  job.SetName("TeraValidate");
  job.AddInputPath(arguments[0]);
  job.SetOutputPath(arguments[1]);
  job.configuration().Set("mapreduce.input.fileinputformat.split.minsize", "9223372036854775807");
  job.SetInputFormat(TeraInputFormat());
  job.SetMapper<CheckFile>();
  job.SetReducer<CheckBoundaries>();
  job.SetReduces(1);
  return Status::Ok();
}

}  // namespace

void AddTeraValidate(Program& program) { program.AddJob("teravalidate", ConfigureValidate); }

}  // namespace tusk::mapreduce
