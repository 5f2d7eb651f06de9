System.Console.WriteLine("corpusforge");
