#include "restore/step_json.hpp"

#include <limits>
#include <type_traits>

#include <jujubackup/error.hpp>

#include "restore/step_fields.hpp"

namespace jujubackup {
namespace restore {
namespace {

constexpr std::size_t max_steps_bytes = std::size_t{64} << 20;

[[noreturn]] void wrong(std::string_view key) {
  throw Error(ErrorCode::corrupt, "a restore step's " + std::string(key) + " is missing or of another kind");
}

// Takes any field: to ask whether a type has a list of them.
struct AnyField {
  void operator()(std::string_view, auto&) const {}
};

template <typename T>
concept HasFields = requires(T& each) {
  each_field(each, AnyField());
};

class Writer {
 public:
  void operator()(std::string_view name, const auto& field) { object_.emplace_back(name, write(field)); }
  Value finish() { return std::move(object_); }

 private:
  static Value write(const std::string& text) { return text; }
  static Value write(bool flag) { return flag; }
  static Value write(unsigned number) { return std::uint64_t{number}; }
  static Value write(std::uint64_t number) { return number; }
  static Value write(std::chrono::seconds time) { return std::int64_t{time.count()}; }
  static Value write(MongoGeneration generation) { return static_cast<std::int64_t>(generation); }
  static Value write(const JujuVersion& version) { return version.to_string(); }
  template <typename T>
  static Value write(const std::vector<T>& items) {
    Value::Array array;
    for (const T& item : items) array.push_back(write(item));
    return array;
  }
  template <typename T>
  requires HasFields<T>
  static Value write(const T& record) {
    Writer inner;
    each_field(const_cast<T&>(record), inner);  // one list serves both ways; writing changes nothing
    return inner.finish();
  }

  Value::Object object_;
};

class Reader {
 public:
  explicit Reader(const Value& value) : value_(value) {}

  template <typename T>
  void operator()(std::string_view name, T& field) const {
    const Value* found = value_.find(name);
    if (found == nullptr) wrong(name);
    read(name, *found, field);
  }

 private:
  static std::uint64_t number_of(std::string_view name, const Value& value, std::uint64_t most) {
    if (value.unsigned_integer() != nullptr && *value.unsigned_integer() <= most) return *value.unsigned_integer();
    if (value.integer() == nullptr || *value.integer() < 0 || static_cast<std::uint64_t>(*value.integer()) > most) wrong(name);
    return static_cast<std::uint64_t>(*value.integer());
  }

  static void read(std::string_view name, const Value& value, std::string& field) {
    if (value.string() == nullptr) wrong(name);
    field = *value.string();
  }
  static void read(std::string_view name, const Value& value, bool& field) {
    if (value.boolean() == nullptr) wrong(name);
    field = *value.boolean();
  }
  static void read(std::string_view name, const Value& value, unsigned& field) {
    field = static_cast<unsigned>(number_of(name, value, std::numeric_limits<unsigned>::max()));
  }
  static void read(std::string_view name, const Value& value, std::uint64_t& field) {
    field = number_of(name, value, std::numeric_limits<std::uint64_t>::max());
  }
  static void read(std::string_view name, const Value& value, std::chrono::seconds& field) {
    field = std::chrono::seconds(static_cast<std::int64_t>(number_of(name, value, std::uint64_t{1} << 32)));
  }
  static void read(std::string_view name, const Value& value, MongoGeneration& field) {
    const std::uint64_t number = number_of(name, value, static_cast<std::uint64_t>(MongoGeneration::modern));
    if (number == 0) wrong(name);
    field = static_cast<MongoGeneration>(number);
  }
  static void read(std::string_view name, const Value& value, JujuVersion& field) {
    if (value.string() == nullptr) wrong(name);
    field = JujuVersion::parse(*value.string());
  }
  template <typename T>
  static void read(std::string_view name, const Value& value, std::vector<T>& field) {
    if (value.array() == nullptr) wrong(name);
    for (const Value& item : *value.array()) read(name, item, field.emplace_back());
  }
  template <typename T>
  requires HasFields<T>
  static void read(std::string_view, const Value& value, T& record) {
    const Reader inner(value);
    each_field(record, inner);
  }

  const Value& value_;
};

// The action of that name, with nothing in it.
template <std::size_t Index = 0>
RestoreAction action_named(std::string_view name) {
  if constexpr (Index < std::variant_size_v<RestoreAction>) {
    RestoreAction action{std::in_place_index<Index>};
    return name_of(action) == name ? action : action_named<Index + 1>(name);
  } else {
    throw Error(ErrorCode::corrupt, "a restore step has a name that is not known");
  }
}

}  // namespace

Value value_of(const RestoreStep& step) {
  Writer parameters;
  RestoreAction action = step.action;
  std::visit([&](auto& each) { each_field(each, parameters); }, action);
  Value::Array needs;
  for (const std::string& need : step.needs) needs.emplace_back(need);
  return Value::Object{{"name", step.name},
                       {"what", step.what},
                       {"target", step.target},
                       {"undo", step.undo},
                       {"undoable", step.undoable},
                       {"needs", std::move(needs)},
                       {"parameters", parameters.finish()}};
}

RestoreStep step_from(const Value& value) {
  RestoreStep step;
  const Reader reader(value);
  reader("name", step.name);
  reader("what", step.what);
  reader("target", step.target);
  reader("undo", step.undo);
  reader("undoable", step.undoable);
  reader("needs", step.needs);
  step.action = action_named(step.name);
  const Value* parameters = value.find("parameters");
  if (parameters == nullptr) wrong("parameters");
  std::visit([&](auto& each) { each_field(each, Reader(*parameters)); }, step.action);
  return step;
}

}  // namespace restore

std::string restore_steps_to_json(const std::vector<RestoreStep>& steps) {
  Value::Array array;
  for (const RestoreStep& step : steps) array.push_back(restore::value_of(step));
  return write_json(array, JsonStyle::indented);
}

std::vector<RestoreStep> parse_restore_steps(std::string_view json) {
  TextLimits limits;
  limits.max_bytes = restore::max_steps_bytes;
  const Value value = parse_json(json, limits);
  if (value.array() == nullptr) throw Error(ErrorCode::corrupt, "the steps of a restore are no list");
  std::vector<RestoreStep> steps;
  for (const Value& each : *value.array()) steps.push_back(restore::step_from(each));
  return steps;
}

}  // namespace jujubackup
