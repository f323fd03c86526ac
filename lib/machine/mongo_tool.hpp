// What running any of MongoDB's tools has in common: its password stays out of sight.
#pragma once

#include <string>
#include <vector>

namespace jujubackup::machine {

// What is written to the tool's standard input: given a user name without a password, the tools read one line of it when standard input is
// no terminal. `tool` is for the Error(invalid_argument) if the password cannot be a line.
std::string password_line(const std::string& password, const std::string& tool);

// Error(invalid_argument) if the password, or an option that would hold one, is among the arguments: others on the machine could read it.
void refuse_password_arguments(const std::vector<std::string>& arguments, const std::string& password, const std::string& tool);

// The output without the password, should the tool have echoed it. `cut`: it may begin in the midst of a line.
std::string without_password(std::string output, const std::string& password, bool cut);

// The same as one line, fit for a message.
std::string fit_for_message(std::string output, const std::string& password, bool cut);

}  // namespace jujubackup::machine
