#include "server/controller_state.hpp"

#include <span>
#include <string_view>

#include <jujubackup/error.hpp>

#include "base/json.hpp"
#include "io/temp_file.hpp"
#include "io/walk.hpp"
#include "server/random.hpp"

namespace jujubackup {
namespace {

constexpr std::string_view file_name = "controller.json";
constexpr std::size_t max_state_bytes = std::size_t{1} << 16;

std::string text_of(const Value& state, std::string_view key) {
  const Value* value = state.find(key);
  const std::string* text = value == nullptr ? nullptr : value->string();
  if (text == nullptr || text->empty()) throw Error(ErrorCode::corrupt, std::string(key) + " is missing or no text");
  return *text;
}

ControllerState parse(std::string_view text) {
  const Value value = parse_json(text, {max_state_bytes, 4});
  ControllerState state;
  state.controller_uuid = text_of(value, "controller-uuid");
  state.model_uuid = text_of(value, "model-uuid");
  if (!is_uuid(state.controller_uuid) || !is_uuid(state.model_uuid)) throw Error(ErrorCode::corrupt, "a UUID is none");
  state.ca.certificate_pem = text_of(value, "ca-cert");
  state.ca.key_pem = text_of(value, "ca-private-key");
  return state;
}

std::string write(const ControllerState& state) {
  return write_json(Value::Object{{"controller-uuid", state.controller_uuid},
                                  {"model-uuid", state.model_uuid},
                                  {"ca-cert", state.ca.certificate_pem},
                                  {"ca-private-key", state.ca.key_pem}},
                    JsonStyle::indented);
}

ControllerState read(const std::string& path) {
  try {
    return parse(read_small_file(path, max_state_bytes));
  } catch (Error& error) {
    error.add_context("reading " + path);
    throw;
  }
}

}  // namespace

ControllerState load_or_make_state(const std::string& directory) {
  if (directory.empty()) throw Error(ErrorCode::invalid_argument, "the controller's state directory is not given");
  const std::string path = join_path(directory, std::string(file_name));
  if (look_at(path).kind != FileKind::missing) return read(path);

  make_directories(directory);
  remove_stale_temps(directory);
  ControllerState state;
  state.controller_uuid = random_uuid();
  state.model_uuid = random_uuid();
  state.ca = make_ca("juju-generated CA for model \"controller\"");
  const std::string text = write(state);
  TempFile file(directory);
  file.write(std::as_bytes(std::span(text)));
  try {
    file.publish(std::string(file_name), false);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::exists) throw;
    return read(path);  // another one was faster
  }
  return state;
}

void save_state(const std::string& directory, const ControllerState& state) {
  const std::string text = write(state);
  TempFile file(directory);
  file.write(std::as_bytes(std::span(text)));
  file.publish(std::string(file_name), true);
}

}  // namespace jujubackup
