#include "machine/mongo_tool.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/text.hpp"

namespace jujubackup::machine {
namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
}

}  // namespace

std::string password_line(const std::string& password, const std::string& tool) {
  if (password.find_first_of(std::string_view("\0\r\n", 3)) != std::string::npos) {
    throw Error(ErrorCode::invalid_argument, "a password with a line break cannot be handed to " + tool);
  }
  return password + "\n";
}

void refuse_password_arguments(const std::vector<std::string>& arguments, const std::string& password, const std::string& tool) {
  for (const std::string& argument : arguments) {
    const bool is_option = argument.starts_with("--password") || (argument.starts_with("-p") && !argument.starts_with("--"));
    const bool holds_it = !password.empty() && argument.find(password) != std::string::npos;
    if (is_option || holds_it) {
      throw Error(ErrorCode::invalid_argument,
                  "the password must not be among " + tool + "'s arguments: other users of the machine could read it");
    }
  }
}

std::string without_password(std::string output, const std::string& password, bool cut) {
  if (password.empty()) return output;
  // Where the output was cut, it may begin with the end of a password.
  if (cut) output.erase(0, std::min(output.size(), password.size()));
  replace_all(output, password, "***");
  const std::string quoted = go_quote(password);
  replace_all(output, std::string_view(quoted).substr(1, quoted.size() - 2), "***");
  return output;
}

std::string fit_for_message(std::string output, const std::string& password, bool cut) {
  output = without_password(std::move(output), password, cut);
  while (output.ends_with('\n') || output.ends_with('\r')) output.pop_back();
  replace_all(output, "\n", "; ");
  return printable(output);
}

}  // namespace jujubackup::machine
