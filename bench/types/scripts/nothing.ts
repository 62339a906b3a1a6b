// What a script costs before it imports anything: the libraries of the language and of Node.
console.log(process.version)
