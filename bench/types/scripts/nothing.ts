// Baseline cost without imports: the type libraries of the language and of Node.
console.log(process.version)
